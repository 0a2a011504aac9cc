package parquet

//lint:file-ignore U1000 _unknownFields are read and written by the codec alone

// FileMetaData describes a whole file.
type FileMetaData struct {
	Version                  int32                `frugal:"1,required"`
	Schema                   []SchemaElement      `frugal:"2,required,list<SchemaElement>"` // depth first; the root is the first
	NumRows                  int64                `frugal:"3,required"`
	RowGroups                []RowGroup           `frugal:"4,required,list<RowGroup>"`
	KeyValueMetadata         []KeyValue           `frugal:"5,optional,list<KeyValue>"`
	CreatedBy                *string              `frugal:"6,optional"`
	ColumnOrders             []ColumnOrder        `frugal:"7,optional,list<ColumnOrder>"` // one for each leaf
	EncryptionAlgorithm      *EncryptionAlgorithm `frugal:"8,optional"`
	FooterSigningKeyMetadata []byte               `frugal:"9,optional"`

	_unknownFields []byte
}

// KeyValue is an entry of the metadata that an application adds.
type KeyValue struct {
	Key   string  `frugal:"1,required"`
	Value *string `frugal:"2,optional"`

	_unknownFields []byte
}

// RowGroup is a horizontal part of a file.
type RowGroup struct {
	Columns             []ColumnChunk   `frugal:"1,required,list<ColumnChunk>"` // one for each leaf
	TotalByteSize       int64           `frugal:"2,required"`
	NumRows             int64           `frugal:"3,required"`
	SortingColumns      []SortingColumn `frugal:"4,optional,list<SortingColumn>"`
	FileOffset          *int64          `frugal:"5,optional"`
	TotalCompressedSize *int64          `frugal:"6,optional"`
	Ordinal             *int16          `frugal:"7,optional"`

	_unknownFields []byte
}

// SortingColumn says how the rows of a row group are sorted by one column.
type SortingColumn struct {
	ColumnIdx  int32 `frugal:"1,required"` // ordinal in the row group
	Descending bool  `frugal:"2,required"`
	NullsFirst bool  `frugal:"3,required"`

	_unknownFields []byte
}

// ColumnChunk is a column of a row group.
type ColumnChunk struct {
	FilePath                *string               `frugal:"1,optional"`
	FileOffset              int64                 `frugal:"2,required"` // deprecated
	MetaData                *ColumnMetaData       `frugal:"3,optional"`
	OffsetIndexOffset       *int64                `frugal:"4,optional"`
	OffsetIndexLength       *int32                `frugal:"5,optional"`
	ColumnIndexOffset       *int64                `frugal:"6,optional"`
	ColumnIndexLength       *int32                `frugal:"7,optional"`
	CryptoMetadata          *ColumnCryptoMetaData `frugal:"8,optional"`
	EncryptedColumnMetadata []byte                `frugal:"9,optional"`

	_unknownFields []byte
}

// ColumnMetaData says where the pages of a column chunk are, and what is in them.
type ColumnMetaData struct {
	Type                  Type                  `frugal:"1,required,Type"`
	Encodings             []Encoding            `frugal:"2,required,list<Encoding>"`
	PathInSchema          []string              `frugal:"3,required,list<string>"`
	Codec                 CompressionCodec      `frugal:"4,required,CompressionCodec"`
	NumValues             int64                 `frugal:"5,required"`
	TotalUncompressedSize int64                 `frugal:"6,required"`
	TotalCompressedSize   int64                 `frugal:"7,required"`
	KeyValueMetadata      []KeyValue            `frugal:"8,optional,list<KeyValue>"`
	DataPageOffset        int64                 `frugal:"9,required"`
	IndexPageOffset       *int64                `frugal:"10,optional"`
	DictionaryPageOffset  *int64                `frugal:"11,optional"`
	Statistics            *Statistics           `frugal:"12,optional"`
	EncodingStats         []PageEncodingStats   `frugal:"13,optional,list<PageEncodingStats>"`
	BloomFilterOffset     *int64                `frugal:"14,optional"`
	BloomFilterLength     *int32                `frugal:"15,optional"`
	SizeStatistics        *SizeStatistics       `frugal:"16,optional"`
	GeospatialStatistics  *GeospatialStatistics `frugal:"17,optional"`

	_unknownFields []byte
}

// PageEncodingStats counts the pages of one type and encoding.
type PageEncodingStats struct {
	PageType PageType `frugal:"1,required,PageType"`
	Encoding Encoding `frugal:"2,required,Encoding"`
	Count    int32    `frugal:"3,required"`

	_unknownFields []byte
}

// Statistics are those of the values of a column chunk. Values are encoded as in pages of encoding PLAIN, byte arrays without
// their lengths.
type Statistics struct {
	Max             []byte `frugal:"1,optional"` // deprecated: signed comparison
	Min             []byte `frugal:"2,optional"` // deprecated: signed comparison
	NullCount       *int64 `frugal:"3,optional"`
	DistinctCount   *int64 `frugal:"4,optional"`
	MaxValue        []byte `frugal:"5,optional"` // in the order that FileMetaData.ColumnOrders has
	MinValue        []byte `frugal:"6,optional"` // in the order that FileMetaData.ColumnOrders has
	IsMaxValueExact *bool  `frugal:"7,optional"`
	IsMinValueExact *bool  `frugal:"8,optional"`
	NaNCount        *int64 `frugal:"9,optional"`

	_unknownFields []byte
}

// SizeStatistics tell how large the values of a column chunk are in memory.
type SizeStatistics struct {
	UnencodedByteArrayDataBytes *int64  `frugal:"1,optional"`
	RepetitionLevelHistogram    []int64 `frugal:"2,optional,list<i64>"`
	DefinitionLevelHistogram    []int64 `frugal:"3,optional,list<i64>"`

	_unknownFields []byte
}

// GeospatialStatistics are those of columns of the logical types GEOMETRY and GEOGRAPHY.
type GeospatialStatistics struct {
	BBox            *BoundingBox `frugal:"1,optional"`
	GeospatialTypes []int32      `frugal:"2,optional,list<i32>"` // type codes of Well-Known Binary

	_unknownFields []byte
}

// BoundingBox has the least and the greatest coordinates of each axis.
type BoundingBox struct {
	XMin float64  `frugal:"1,required"`
	XMax float64  `frugal:"2,required"`
	YMin float64  `frugal:"3,required"`
	YMax float64  `frugal:"4,required"`
	ZMin *float64 `frugal:"5,optional"`
	ZMax *float64 `frugal:"6,optional"`
	MMin *float64 `frugal:"7,optional"`
	MMax *float64 `frugal:"8,optional"`

	_unknownFields []byte
}

// ColumnOrder is a union: how Statistics.MinValue and MaxValue of a column are compared.
type ColumnOrder struct {
	TypeOrder           *TypeDefinedOrder    `frugal:"1,optional"`
	IEEE754TotalOrder   *IEEE754TotalOrder   `frugal:"2,optional"`
	Int96TimestampOrder *Int96TimestampOrder `frugal:"3,optional"`

	_unknownFields []byte
}

// CountSetFieldsColumnOrder marks a union.
func (o *ColumnOrder) CountSetFieldsColumnOrder() int {
	return count(o.TypeOrder != nil, o.IEEE754TotalOrder != nil, o.Int96TimestampOrder != nil)
}

// The members of ColumnOrder.
type (
	TypeDefinedOrder    struct{ _unknownFields []byte } // that of the logical type, else of the physical one
	IEEE754TotalOrder   struct{ _unknownFields []byte } // floating point by the predicate totalOrder
	Int96TimestampOrder struct{ _unknownFields []byte } // INT96 by time
)

// ColumnCryptoMetaData is a union: by which key a column is encrypted.
type ColumnCryptoMetaData struct {
	FooterKey *EncryptionWithFooterKey `frugal:"1,optional"`
	ColumnKey *EncryptionWithColumnKey `frugal:"2,optional"`

	_unknownFields []byte
}

// CountSetFieldsColumnCryptoMetaData marks a union.
func (m *ColumnCryptoMetaData) CountSetFieldsColumnCryptoMetaData() int {
	return count(m.FooterKey != nil, m.ColumnKey != nil)
}

// EncryptionWithFooterKey says that the key of the footer is also that of the column.
type EncryptionWithFooterKey struct{ _unknownFields []byte }

// EncryptionWithColumnKey names the key of a column.
type EncryptionWithColumnKey struct {
	PathInSchema []string `frugal:"1,required,list<string>"`
	KeyMetadata  []byte   `frugal:"2,optional"`

	_unknownFields []byte
}

// EncryptionAlgorithm is a union.
type EncryptionAlgorithm struct {
	AesGcmV1    *AesGcmV1    `frugal:"1,optional"`
	AesGcmCtrV1 *AesGcmCtrV1 `frugal:"2,optional"`

	_unknownFields []byte
}

// CountSetFieldsEncryptionAlgorithm marks a union.
func (a *EncryptionAlgorithm) CountSetFieldsEncryptionAlgorithm() int {
	return count(a.AesGcmV1 != nil, a.AesGcmCtrV1 != nil)
}

// AesGcmV1 is AES in Galois/Counter Mode for all modules of a file.
type AesGcmV1 struct {
	AadPrefix       []byte `frugal:"1,optional"`
	AadFileUnique   []byte `frugal:"2,optional"`
	SupplyAadPrefix *bool  `frugal:"3,optional"`

	_unknownFields []byte
}

// AesGcmCtrV1 is AES in Galois/Counter Mode, pages in Counter Mode.
type AesGcmCtrV1 struct {
	AadPrefix       []byte `frugal:"1,optional"`
	AadFileUnique   []byte `frugal:"2,optional"`
	SupplyAadPrefix *bool  `frugal:"3,optional"`

	_unknownFields []byte
}

// FileCryptoMetaData stands before an encrypted FileMetaData.
type FileCryptoMetaData struct {
	EncryptionAlgorithm EncryptionAlgorithm `frugal:"1,required"`
	KeyMetadata         []byte              `frugal:"2,optional"`

	_unknownFields []byte
}

// count tells how many members of a union are set.
func count(members ...bool) (n int) {
	for _, set := range members {
		if set {
			n++
		}
	}
	return n
}
