package parquet_test

import (
	"bytes"
	"fmt"

	library "github.com/parquet-go/parquet-go"

	"github.com/tagwire/tagwire/examples/parquet"
)

type reading struct {
	Station string   `parquet:"station"`
	Celsius *float64 `parquet:"celsius,optional"`
}

func ExampleReadFooter() {
	var file bytes.Buffer
	if err := library.Write(&file, []reading{{Station: "Oslo"}, {Station: "Rome"}}); err != nil {
		fmt.Println(err)
	}

	metaData, err := parquet.ReadFooter(bytes.NewReader(file.Bytes()), int64(file.Len()), parquet.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("rows:", metaData.NumRows)
	for _, column := range metaData.RowGroups[0].Columns {
		statistics := column.MetaData.Statistics
		fmt.Printf("%s: %q to %q, %d nulls\n", column.MetaData.PathInSchema, statistics.MinValue, statistics.MaxValue, *statistics.NullCount)
	}
	// Output:
	// rows: 2
	// [station]: "Oslo" to "Rome", 0 nulls
	// [celsius]: "" to "", 2 nulls
}
