package main

// Wide has twenty fields of each of five scalar types.
type Wide struct {
	Flag0   bool    `frugal:"1,default,bool"`
	Flag1   bool    `frugal:"2,default,bool"`
	Flag2   bool    `frugal:"3,default,bool"`
	Flag3   bool    `frugal:"4,default,bool"`
	Flag4   bool    `frugal:"5,default,bool"`
	Flag5   bool    `frugal:"6,default,bool"`
	Flag6   bool    `frugal:"7,default,bool"`
	Flag7   bool    `frugal:"8,default,bool"`
	Flag8   bool    `frugal:"9,default,bool"`
	Flag9   bool    `frugal:"10,default,bool"`
	Flag10  bool    `frugal:"11,default,bool"`
	Flag11  bool    `frugal:"12,default,bool"`
	Flag12  bool    `frugal:"13,default,bool"`
	Flag13  bool    `frugal:"14,default,bool"`
	Flag14  bool    `frugal:"15,default,bool"`
	Flag15  bool    `frugal:"16,default,bool"`
	Flag16  bool    `frugal:"17,default,bool"`
	Flag17  bool    `frugal:"18,default,bool"`
	Flag18  bool    `frugal:"19,default,bool"`
	Flag19  bool    `frugal:"20,default,bool"`
	Short0  int16   `frugal:"21,default,i16"`
	Short1  int16   `frugal:"22,default,i16"`
	Short2  int16   `frugal:"23,default,i16"`
	Short3  int16   `frugal:"24,default,i16"`
	Short4  int16   `frugal:"25,default,i16"`
	Short5  int16   `frugal:"26,default,i16"`
	Short6  int16   `frugal:"27,default,i16"`
	Short7  int16   `frugal:"28,default,i16"`
	Short8  int16   `frugal:"29,default,i16"`
	Short9  int16   `frugal:"30,default,i16"`
	Short10 int16   `frugal:"31,default,i16"`
	Short11 int16   `frugal:"32,default,i16"`
	Short12 int16   `frugal:"33,default,i16"`
	Short13 int16   `frugal:"34,default,i16"`
	Short14 int16   `frugal:"35,default,i16"`
	Short15 int16   `frugal:"36,default,i16"`
	Short16 int16   `frugal:"37,default,i16"`
	Short17 int16   `frugal:"38,default,i16"`
	Short18 int16   `frugal:"39,default,i16"`
	Short19 int16   `frugal:"40,default,i16"`
	Int0    int32   `frugal:"41,default,i32"`
	Int1    int32   `frugal:"42,default,i32"`
	Int2    int32   `frugal:"43,default,i32"`
	Int3    int32   `frugal:"44,default,i32"`
	Int4    int32   `frugal:"45,default,i32"`
	Int5    int32   `frugal:"46,default,i32"`
	Int6    int32   `frugal:"47,default,i32"`
	Int7    int32   `frugal:"48,default,i32"`
	Int8    int32   `frugal:"49,default,i32"`
	Int9    int32   `frugal:"50,default,i32"`
	Int10   int32   `frugal:"51,default,i32"`
	Int11   int32   `frugal:"52,default,i32"`
	Int12   int32   `frugal:"53,default,i32"`
	Int13   int32   `frugal:"54,default,i32"`
	Int14   int32   `frugal:"55,default,i32"`
	Int15   int32   `frugal:"56,default,i32"`
	Int16   int32   `frugal:"57,default,i32"`
	Int17   int32   `frugal:"58,default,i32"`
	Int18   int32   `frugal:"59,default,i32"`
	Int19   int32   `frugal:"60,default,i32"`
	Long0   int64   `frugal:"61,default,i64"`
	Long1   int64   `frugal:"62,default,i64"`
	Long2   int64   `frugal:"63,default,i64"`
	Long3   int64   `frugal:"64,default,i64"`
	Long4   int64   `frugal:"65,default,i64"`
	Long5   int64   `frugal:"66,default,i64"`
	Long6   int64   `frugal:"67,default,i64"`
	Long7   int64   `frugal:"68,default,i64"`
	Long8   int64   `frugal:"69,default,i64"`
	Long9   int64   `frugal:"70,default,i64"`
	Long10  int64   `frugal:"71,default,i64"`
	Long11  int64   `frugal:"72,default,i64"`
	Long12  int64   `frugal:"73,default,i64"`
	Long13  int64   `frugal:"74,default,i64"`
	Long14  int64   `frugal:"75,default,i64"`
	Long15  int64   `frugal:"76,default,i64"`
	Long16  int64   `frugal:"77,default,i64"`
	Long17  int64   `frugal:"78,default,i64"`
	Long18  int64   `frugal:"79,default,i64"`
	Long19  int64   `frugal:"80,default,i64"`
	Real0   float64 `frugal:"81,default,double"`
	Real1   float64 `frugal:"82,default,double"`
	Real2   float64 `frugal:"83,default,double"`
	Real3   float64 `frugal:"84,default,double"`
	Real4   float64 `frugal:"85,default,double"`
	Real5   float64 `frugal:"86,default,double"`
	Real6   float64 `frugal:"87,default,double"`
	Real7   float64 `frugal:"88,default,double"`
	Real8   float64 `frugal:"89,default,double"`
	Real9   float64 `frugal:"90,default,double"`
	Real10  float64 `frugal:"91,default,double"`
	Real11  float64 `frugal:"92,default,double"`
	Real12  float64 `frugal:"93,default,double"`
	Real13  float64 `frugal:"94,default,double"`
	Real14  float64 `frugal:"95,default,double"`
	Real15  float64 `frugal:"96,default,double"`
	Real16  float64 `frugal:"97,default,double"`
	Real17  float64 `frugal:"98,default,double"`
	Real18  float64 `frugal:"99,default,double"`
	Real19  float64 `frugal:"100,default,double"`
}

func wideValue() *Wide {
	return &Wide{
		Flag0:   false,
		Flag1:   true,
		Flag2:   true,
		Flag3:   false,
		Flag4:   true,
		Flag5:   true,
		Flag6:   false,
		Flag7:   true,
		Flag8:   true,
		Flag9:   false,
		Flag10:  true,
		Flag11:  true,
		Flag12:  false,
		Flag13:  true,
		Flag14:  true,
		Flag15:  false,
		Flag16:  true,
		Flag17:  true,
		Flag18:  false,
		Flag19:  true,
		Short0:  int16(long(1)),
		Short1:  int16(long(2)),
		Short2:  int16(long(3)),
		Short3:  int16(long(4)),
		Short4:  int16(long(5)),
		Short5:  int16(long(6)),
		Short6:  int16(long(7)),
		Short7:  int16(long(8)),
		Short8:  int16(long(9)),
		Short9:  int16(long(10)),
		Short10: int16(long(11)),
		Short11: int16(long(12)),
		Short12: int16(long(13)),
		Short13: int16(long(14)),
		Short14: int16(long(15)),
		Short15: int16(long(16)),
		Short16: int16(long(17)),
		Short17: int16(long(18)),
		Short18: int16(long(19)),
		Short19: int16(long(20)),
		Int0:    int32(long(1)),
		Int1:    int32(long(2)),
		Int2:    int32(long(3)),
		Int3:    int32(long(4)),
		Int4:    int32(long(5)),
		Int5:    int32(long(6)),
		Int6:    int32(long(7)),
		Int7:    int32(long(8)),
		Int8:    int32(long(9)),
		Int9:    int32(long(10)),
		Int10:   int32(long(11)),
		Int11:   int32(long(12)),
		Int12:   int32(long(13)),
		Int13:   int32(long(14)),
		Int14:   int32(long(15)),
		Int15:   int32(long(16)),
		Int16:   int32(long(17)),
		Int17:   int32(long(18)),
		Int18:   int32(long(19)),
		Int19:   int32(long(20)),
		Long0:   long(1),
		Long1:   long(2),
		Long2:   long(3),
		Long3:   long(4),
		Long4:   long(5),
		Long5:   long(6),
		Long6:   long(7),
		Long7:   long(8),
		Long8:   long(9),
		Long9:   long(10),
		Long10:  long(11),
		Long11:  long(12),
		Long12:  long(13),
		Long13:  long(14),
		Long14:  long(15),
		Long15:  long(16),
		Long16:  long(17),
		Long17:  long(18),
		Long18:  long(19),
		Long19:  long(20),
		Real0:   double(1),
		Real1:   double(2),
		Real2:   double(3),
		Real3:   double(4),
		Real4:   double(5),
		Real5:   double(6),
		Real6:   double(7),
		Real7:   double(8),
		Real8:   double(9),
		Real9:   double(10),
		Real10:  double(11),
		Real11:  double(12),
		Real12:  double(13),
		Real13:  double(14),
		Real14:  double(15),
		Real15:  double(16),
		Real16:  double(17),
		Real17:  double(18),
		Real18:  double(19),
		Real19:  double(20),
	}
}
