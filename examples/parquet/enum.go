package parquet

// The enums of the format. Tagwire has enums as types over int64; they are 32 bits on the wire.
type (
	Type                       int64
	FieldRepetitionType        int64
	ConvertedType              int64
	EdgeInterpolationAlgorithm int64
	Encoding                   int64
	CompressionCodec           int64
	PageType                   int64
)

// The physical types.
const (
	TypeBoolean           Type = 0
	TypeInt32             Type = 1
	TypeInt64             Type = 2
	TypeInt96             Type = 3 // deprecated
	TypeFloat             Type = 4
	TypeDouble            Type = 5
	TypeByteArray         Type = 6
	TypeFixedLenByteArray Type = 7
)

// How often a field may be there.
const (
	RepetitionRequired FieldRepetitionType = 0
	RepetitionOptional FieldRepetitionType = 1
	RepetitionRepeated FieldRepetitionType = 2
)

// The predecessors of LogicalType.
const (
	ConvertedUTF8            ConvertedType = 0
	ConvertedMap             ConvertedType = 1
	ConvertedMapKeyValue     ConvertedType = 2
	ConvertedList            ConvertedType = 3
	ConvertedEnum            ConvertedType = 4
	ConvertedDecimal         ConvertedType = 5
	ConvertedDate            ConvertedType = 6
	ConvertedTimeMillis      ConvertedType = 7
	ConvertedTimeMicros      ConvertedType = 8
	ConvertedTimestampMillis ConvertedType = 9
	ConvertedTimestampMicros ConvertedType = 10
	ConvertedUint8           ConvertedType = 11
	ConvertedUint16          ConvertedType = 12
	ConvertedUint32          ConvertedType = 13
	ConvertedUint64          ConvertedType = 14
	ConvertedInt8            ConvertedType = 15
	ConvertedInt16           ConvertedType = 16
	ConvertedInt32           ConvertedType = 17
	ConvertedInt64           ConvertedType = 18
	ConvertedJSON            ConvertedType = 19
	ConvertedBSON            ConvertedType = 20
	ConvertedInterval        ConvertedType = 21
)

// The curves between two points of a GEOGRAPHY.
const (
	EdgeSpherical EdgeInterpolationAlgorithm = 0
	EdgeVincenty  EdgeInterpolationAlgorithm = 1
	EdgeThomas    EdgeInterpolationAlgorithm = 2
	EdgeAndoyer   EdgeInterpolationAlgorithm = 3
	EdgeKarney    EdgeInterpolationAlgorithm = 4
)

// The encodings of values and levels.
const (
	EncodingPlain                Encoding = 0
	EncodingPlainDictionary      Encoding = 2 // deprecated
	EncodingRLE                  Encoding = 3
	EncodingBitPacked            Encoding = 4 // deprecated
	EncodingDeltaBinaryPacked    Encoding = 5
	EncodingDeltaLengthByteArray Encoding = 6
	EncodingDeltaByteArray       Encoding = 7
	EncodingRLEDictionary        Encoding = 8
	EncodingByteStreamSplit      Encoding = 9
)

// The compressions of pages.
const (
	CodecUncompressed CompressionCodec = 0
	CodecSnappy       CompressionCodec = 1
	CodecGzip         CompressionCodec = 2
	CodecLZO          CompressionCodec = 3
	CodecBrotli       CompressionCodec = 4
	CodecLZ4          CompressionCodec = 5 // deprecated
	CodecZstd         CompressionCodec = 6
	CodecLZ4Raw       CompressionCodec = 7
)

// The types of pages.
const (
	PageData       PageType = 0
	PageIndex      PageType = 1
	PageDictionary PageType = 2
	PageDataV2     PageType = 3
)
