package parquet

//lint:file-ignore U1000 _unknownFields are read and written by the codec alone

// SchemaElement is a node of the schema: a leaf has a Type, a group has NumChildren.
type SchemaElement struct {
	Type           *Type                `frugal:"1,optional,Type"`
	TypeLength     *int32               `frugal:"2,optional"` // bytes of a FIXED_LEN_BYTE_ARRAY
	RepetitionType *FieldRepetitionType `frugal:"3,optional,FieldRepetitionType"`
	Name           string               `frugal:"4,required"`
	NumChildren    *int32               `frugal:"5,optional"`
	ConvertedType  *ConvertedType       `frugal:"6,optional,ConvertedType"` // deprecated, see LogicalType
	Scale          *int32               `frugal:"7,optional"`               // deprecated, see DecimalType
	Precision      *int32               `frugal:"8,optional"`               // deprecated, see DecimalType
	FieldID        *int32               `frugal:"9,optional"`
	LogicalType    *LogicalType         `frugal:"10,optional"`

	_unknownFields []byte
}

// LogicalType is a union: what the values of a physical type mean.
type LogicalType struct {
	String    *StringType    `frugal:"1,optional"`
	Map       *MapType       `frugal:"2,optional"`
	List      *ListType      `frugal:"3,optional"`
	Enum      *EnumType      `frugal:"4,optional"`
	Decimal   *DecimalType   `frugal:"5,optional"`
	Date      *DateType      `frugal:"6,optional"`
	Time      *TimeType      `frugal:"7,optional"`
	Timestamp *TimestampType `frugal:"8,optional"`
	Integer   *IntType       `frugal:"10,optional"`
	Unknown   *NullType      `frugal:"11,optional"`
	JSON      *JSONType      `frugal:"12,optional"`
	BSON      *BSONType      `frugal:"13,optional"`
	UUID      *UUIDType      `frugal:"14,optional"`
	Float16   *Float16Type   `frugal:"15,optional"`
	Variant   *VariantType   `frugal:"16,optional"`
	Geometry  *GeometryType  `frugal:"17,optional"`
	Geography *GeographyType `frugal:"18,optional"`

	_unknownFields []byte
}

// CountSetFieldsLogicalType marks a union.
func (t *LogicalType) CountSetFieldsLogicalType() int {
	return count(t.String != nil, t.Map != nil, t.List != nil, t.Enum != nil, t.Decimal != nil, t.Date != nil,
		t.Time != nil, t.Timestamp != nil, t.Integer != nil, t.Unknown != nil, t.JSON != nil, t.BSON != nil,
		t.UUID != nil, t.Float16 != nil, t.Variant != nil, t.Geometry != nil, t.Geography != nil)
}

// The members of LogicalType that say nothing but what they are.
type (
	StringType  struct{ _unknownFields []byte } // BYTE_ARRAY with UTF-8
	MapType     struct{ _unknownFields []byte } // a group
	ListType    struct{ _unknownFields []byte } // a group
	EnumType    struct{ _unknownFields []byte } // BYTE_ARRAY with UTF-8
	DateType    struct{ _unknownFields []byte } // INT32, days since 1970-01-01
	NullType    struct{ _unknownFields []byte } // any type, and nothing but nulls
	JSONType    struct{ _unknownFields []byte } // BYTE_ARRAY
	BSONType    struct{ _unknownFields []byte } // BYTE_ARRAY
	UUIDType    struct{ _unknownFields []byte } // FIXED_LEN_BYTE_ARRAY of 16
	Float16Type struct{ _unknownFields []byte } // FIXED_LEN_BYTE_ARRAY of 2
)

// DecimalType is a number times a power of ten.
type DecimalType struct {
	Scale     int32 `frugal:"1,required"`
	Precision int32 `frugal:"2,required"`

	_unknownFields []byte
}

// TimeType is the time since midnight: INT32 for milliseconds, else INT64.
type TimeType struct {
	IsAdjustedToUTC bool     `frugal:"1,required"`
	Unit            TimeUnit `frugal:"2,required"`

	_unknownFields []byte
}

// TimestampType is the time since 1970-01-01: INT64.
type TimestampType struct {
	IsAdjustedToUTC bool     `frugal:"1,required"`
	Unit            TimeUnit `frugal:"2,required"`

	_unknownFields []byte
}

// TimeUnit is a union.
type TimeUnit struct {
	Millis *MilliSeconds `frugal:"1,optional"`
	Micros *MicroSeconds `frugal:"2,optional"`
	Nanos  *NanoSeconds  `frugal:"3,optional"`

	_unknownFields []byte
}

// CountSetFieldsTimeUnit marks a union.
func (u *TimeUnit) CountSetFieldsTimeUnit() int {
	return count(u.Millis != nil, u.Micros != nil, u.Nanos != nil)
}

// The members of TimeUnit.
type (
	MilliSeconds struct{ _unknownFields []byte }
	MicroSeconds struct{ _unknownFields []byte }
	NanoSeconds  struct{ _unknownFields []byte }
)

// IntType is an integer of 8, 16, 32 or 64 bits.
type IntType struct {
	BitWidth int8 `frugal:"1,required"`
	IsSigned bool `frugal:"2,required"`

	_unknownFields []byte
}

// VariantType is a group with a value whose type is in its bytes.
type VariantType struct {
	SpecificationVersion *int8 `frugal:"1,optional"`

	_unknownFields []byte
}

// GeometryType is BYTE_ARRAY with Well-Known Binary, edges being straight lines.
type GeometryType struct {
	CRS *string `frugal:"1,optional"`

	_unknownFields []byte
}

// GeographyType is BYTE_ARRAY with Well-Known Binary, edges being interpolated.
type GeographyType struct {
	CRS       *string                     `frugal:"1,optional"`
	Algorithm *EdgeInterpolationAlgorithm `frugal:"2,optional,EdgeInterpolationAlgorithm"`

	_unknownFields []byte
}
