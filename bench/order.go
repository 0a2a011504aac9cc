package main

// The types and the value of examples/quickstart. These types are written by hand, with no more tags than they need.

// Order is an order of a customer.
type Order struct {
	Number    int64             `frugal:"1,required"`
	Status    Status            `frugal:"2,default,Status"`
	Customer  *Customer         `frugal:"3,default"`
	Items     []*OrderItem      `frugal:"4,default,list<OrderItem>"`
	Labels    map[string]string `frugal:"5,default"`
	Stock     map[int32]int64   `frugal:"6,default"`
	Discount  *float64          `frugal:"7,optional"`
	Shipped   *int64            `frugal:"8,optional"`
	Gift      bool              `frugal:"9,default"`
	Signature []byte            `frugal:"10,default"`
}

// Customer is the person or company that ordered.
type Customer struct {
	Number    int64    `frugal:"1,required"`
	Name      string   `frugal:"2,required"`
	Email     *string  `frugal:"3,optional"`
	Languages []string `frugal:"4,default,set<string>"`
}

// OrderItem is one line of an order; the quickstart calls it Item.
type OrderItem struct {
	Article  string  `frugal:"1,required"`
	Quantity int32   `frugal:"2,default"`
	Price    float64 `frugal:"3,default"`
	Note     *string `frugal:"4,optional"`
}

// Status is an enum.
type Status int64

func orderValue() *Order {
	return &Order{
		Number:   20260117,
		Status:   2,
		Customer: &Customer{Number: 4711, Name: "Zoë Grünwald", Email: pointerTo("zoe@example.org"), Languages: []string{"de", "en"}},
		Items: []*OrderItem{
			{Article: "espresso cup", Quantity: 6, Price: 7.5},
			{Article: "kettle", Quantity: 1, Price: 48.9, Note: pointerTo("the blue one")},
		},
		Labels:    map[string]string{"channel": "web", "region": "eu", "shelf": "日本"},
		Stock:     map[int32]int64{1001: 250, 1002: 3},
		Discount:  pointerTo(0.05),
		Gift:      true,
		Signature: []byte("\x00\x9f\x8e\xff"),
	}
}
