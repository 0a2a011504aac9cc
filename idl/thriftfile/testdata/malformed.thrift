=== character
struct A { 1: i32 a } $
=== character that is not ASCII
struct é { 1: i32 a }
=== character after tabs
struct A {
		1:	i32	a	@
}
=== comment without end
struct A {} /* never
=== documentation without end
/** never
struct A {}
=== string without end
namespace go a
include "x
=== string over lines
const string S = "one
two"
=== string to the end of the file
const string S = "one
=== string with the other quote
const string S = "one'
=== escape
const string S = "a\x41"
=== escape with a digit
const string S = 'a\0'
=== escape at the end of a line
const string S = "a\
b"
=== escape at the end of the file
const string S = "a\
=== unicode escape
const string S = "a\u0041"
=== number with letters
const i32 N = 12ab
=== number with two dots
const double N = 1.2.3
=== number with a dot at its end
const double N = 1.
=== number with an exponent alone
const double N = 1e
=== number with a sign alone
const i32 N = -
=== number with two signs
const i32 N = --1
=== hexadecimal without digits
const i32 N = 0x
=== hexadecimal with a wrong digit
const i32 N = 0x1g
=== hexadecimal with a dot
const i32 N = 0x1.8
=== octal with a prefix
const i32 N = 0o17
=== underscore in a number
const i32 N = 1_000
=== integer of 65 bits
const i64 N = 9223372036854775808
=== negative integer of 65 bits
const i64 N = -9223372036854775809
=== hexadecimal of 65 bits
const i64 N = 0x10000000000000000
=== double that is too large
const double N = 1e999
=== infinity
const double N = inf
=== nothing but a word
hello
=== nothing but a symbol
;
=== nothing but a number
42
=== nothing but a string
"include"
=== closing brace
}
=== declaration in other letters
Struct A {}
=== senum
senum Colour { "red", "blue" }
=== slist
struct A { 1: slist a }
=== slist as a result
service S { slist a() }
=== async
service S { async void a() }
=== php_namespace
php_namespace a
=== py_module
py_module a
=== perl_package
perl_package a
=== ruby_namespace
ruby_namespace a
=== java_package
java_package a
=== cocoa_prefix
cocoa_prefix A
=== csharp_namespace
csharp_namespace a
=== delphi_namespace
delphi_namespace a
=== cpp_namespace
cpp_namespace a
=== smalltalk_category
smalltalk_category a
=== smalltalk_prefix
smalltalk_prefix a
=== xsd_namespace
xsd_namespace 'a'
=== include without a path
include
=== include without quotes
include other.thrift
=== include of nothing
include ""
=== include of a missing file
include "missing.thrift"
=== include of a missing file in a folder
include "folder/missing.thrift"
=== include behind a declaration
struct A {}
include "other.thrift"
=== namespace behind a declaration
struct A {}
namespace go a
=== cpp_include without quotes
cpp_include <vector>
=== namespace without a language
namespace
=== namespace without a name
namespace go
struct A {}
=== namespace with a string
namespace go "a"
=== namespace of a keyword
namespace struct a
=== namespace with a slash
namespace go a/b
=== typedef without a type
typedef
=== typedef without a name
typedef i32
struct A {}
=== typedef of void
typedef void V
=== typedef of an unknown type
typedef Missing M
=== typedef of itself
typedef A A
=== typedefs in a circle
typedef A B
typedef list<C> A
typedef B C
=== typedef with a dot in its name
typedef i32 a.b
=== typedef named as a keyword
typedef i32 list
=== list without a type
struct A { 1: list a }
=== list without an end
struct A { 1: list<i32 a }
=== list of two
struct A { 1: list<i32, i32> a }
=== set of nothing
struct A { 1: set<> a }
=== map of one
struct A { 1: map<i32> a }
=== map with a colon
struct A { 1: map<i32: i32> a }
=== map of void
struct A { 1: map<i32, void> a }
=== list of an unknown type
struct A { 1: list<Missing> a }
=== key of an unknown type
struct A { 1: map<Missing, i32> a }
=== cpp_type without a string
struct A { 1: list cpp_type vector <i32> a }
=== float
struct A { 1: float a }
=== i128
struct A { 1: i128 a }
=== type of an unknown file
struct A { 1: missing.Type a }
=== unknown type of a known file
include "other.thrift"
struct A { 1: other.Missing a }
=== type of an included file's included file
include "other.thrift"
struct A { 1: other.deeper.Deep a }
=== prefix alone
include "other.thrift"
struct A { 1: other a }
=== service as a type
service S {}
struct A { 1: S a }
=== constant as a type
const i32 C = 1
struct A { 1: C a }
=== const without a type
const A = 1
=== const without a value
const i32 A
=== const with an empty value
const i32 A =
=== const without a name
const i32 = 1
=== const with two values
const i32 A = 1 2
=== const of void
const void A = 1
=== string for a number
const i32 A = "1"
=== number for a string
const string A = 1
=== number for binary
const binary A = 1
=== double for an integer
const i32 A = 1.5
=== integer for bool
const bool A = 2
=== double for bool
const bool A = 1.0
=== string for a double
const double A = "1.0"
=== i8 that is too large
const i8 A = 128
=== i8 that is too small
const byte A = -129
=== i16 that is too large
const i16 A = 32768
=== i32 that is too large
const i32 A = 2147483648
=== hexadecimal i32 that is too large
const i32 A = 0xFFFFFFFF
=== uuid that is no string
const uuid A = 1
=== uuid that is too short
const uuid A = "00112233-4455-6677-8899"
=== uuid with a wrong letter
const uuid A = "00112233-4455-6677-8899-aabbccddeefg"
=== uuid without dashes
const uuid A = "00112233445566778899aabbccddeeff"
=== uuid with one brace
const uuid A = "{00112233-4455-6677-8899-aabbccddeeff"
=== map for a list
const list<i32> A = {1: 2}
=== list for a map
const map<i32, i32> A = [1]
=== number for a list
const list<i32> A = 1
=== list for a number
const i32 A = [1]
=== map for a number
const i32 A = {}
=== wrong element
const list<i32> A = [1, "2", 3]
=== wrong element of a set
const set<string> A = ["1", 2]
=== wrong key
const map<string, i32> A = {1: 1}
=== wrong value
const map<string, i32> A = {"1": "1"}
=== list without its end
const list<i32> A = [1, 2
=== list with the wrong end
const list<i32> A = [1, 2}
=== list that begins with a comma
const list<i32> A = [, 1]
=== list with two commas
const list<i32> A = [1,, 2]
=== map without a colon
const map<i32, i32> A = {1 2}
=== map without a value
const map<i32, i32> A = {1: }
=== map without its end
const map<i32, i32> A = {1: 2
=== unknown constant
const i32 A = B
=== unknown constant with a prefix
const i32 A = b.B
=== unknown constant of a known file
include "other.thrift"
const i32 A = other.B
=== constant that refers to itself
const i32 A = A
=== constants in a circle
const i32 A = B
const i32 B = C
const i32 C = A
=== constant of another type
const string S = "s"
const i32 A = S
=== constant that is too large for its place
const i32 A = 1000
const i8 B = A
=== list of another type
const list<i32> A = [1]
const list<i64> B = A
=== struct as a constant of a number
struct T { 1: i32 a }
const T A = {"a": 1}
const i32 B = A
=== keyword as a value
const i32 A = struct
=== value of an unknown enum
const i32 A = E.ONE
=== unknown value of an enum
enum E { ONE }
const E A = E.TWO
=== unknown value of an enum without its name
enum E { ONE }
const E A = TWO
=== value of another enum
enum E { ONE }
enum F { TWO }
const E A = F.TWO
=== number of no value of an enum
enum E { ONE = 1 }
const E A = 2
=== string for an enum
enum E { ONE }
const E A = "ONE"
=== type as a value
struct T {}
const i32 A = T
=== number for a struct
struct T { 1: i32 a }
const T A = 1
=== list for a struct
struct T { 1: i32 a }
const T A = [1]
=== unknown field of a struct
struct T { 1: i32 a }
const T A = {"b": 1}
=== field without quotes
struct T { 1: i32 a }
const T A = {a: 1}
=== field of the wrong type
struct T { 1: i32 a }
const T A = {"a": "1"}
=== field twice
struct T { 1: i32 a }
const T A = {"a": 1, "a": 2}
=== two fields of a union
union U { 1: i32 a, 2: i32 b }
const U A = {"a": 1, "b": 2}
=== nested field of the wrong type
struct I { 1: list<i8> l }
struct T { 1: map<string, I> m }
const T A = {"m": {"x": {"l": [1, 2, 300]}}}
=== enum without a name
enum { A }
=== enum without braces
enum E
=== enum without an end
enum E { A, B
=== enum with a string
enum E { "A" }
=== enum with a dot
enum E { A.B }
=== enum with a keyword
enum E { list }
=== enum value without a number
enum E { A = }
=== enum value with a double
enum E { A = 1.5 }
=== enum value with a name
enum E { A = 1, B = A }
=== enum value of 33 bits
enum E { A = 2147483648 }
=== enum value after the largest
enum E { A = 2147483647, B }
=== enum value twice
enum E { A, B, A }
=== enum with two commas
enum E { A,, B }
=== struct without a name
struct { 1: i32 a }
=== struct with a dot
struct a.b { 1: i32 a }
=== struct named as a keyword
struct service { 1: i32 a }
=== struct without braces
struct A
=== struct without an end
struct A { 1: i32 a
=== struct that extends
struct B {}
struct A extends B {}
=== struct in a struct
struct A { struct B {} }
=== field without a type
struct A { 1: a }
=== field without a name
struct A { 1: i32 }
=== field without a colon
struct A { 1 i32 a }
=== field with an equals sign for a colon
struct A { 1 = i32 a }
=== field id that is a double
struct A { 1.5: i32 a }
=== field id that is a name
struct A { one: i32 a }
=== field id of 17 bits
struct A { 32768: i32 a }
=== field id that is too small
struct A { -32769: i32 a }
=== field id of 65 bits
struct A { 99999999999999999999: i32 a }
=== field id twice
struct A { 1: i32 a, 1: i32 b }
=== negative field id twice
struct A { i32 a, -1: i32 b }
=== field name twice
struct A { 1: i32 a, 2: i32 a }
=== field name with a dot
struct A { 1: i32 a.b }
=== field name that is a number
struct A { 1: i32 2 }
=== field named xsd_optional
struct A { 1: i32 xsd_optional }
=== field named true
struct A { 1: i32 true }
=== field with two requirednesses
struct A { 1: required optional i32 a }
=== field with its requiredness behind
struct A { 1: i32 required a }
=== field with two commas
struct A { 1: i32 a,, 2: i32 b }
=== field of void
struct A { 1: void a }
=== field with an empty default
struct A { 1: i32 a = }
=== field with a default of the wrong type
struct A { 1: i32 a = "1" }
=== field with an unknown default
struct A { 1: i32 a = MISSING }
=== field with a default that is too large
struct A { 1: i16 a = 70000 }
=== two references
struct A { 1: A && a }
=== xsd_attrs without braces
struct A { 1: i32 a xsd_attrs 1: i32 b }
=== union with two defaults
union U { 1: i32 a = 1, 2: i32 b = 2 }
=== exception without a name
exception { 1: i32 a }
=== annotation without an end
struct A { 1: i32 a (b = "c" }
=== annotation with a number
struct A { 1: i32 a (b = 1) }
=== annotation without quotes
struct A { 1: i32 a (b = c) }
=== annotation without a name
struct A { 1: i32 a (= "c") }
=== annotation with a quoted name
struct A { 1: i32 a ("b" = "c") }
=== annotation with a bad escape
struct A { 1: i32 a (api.vd = "regexp('^\d+$')") }
=== annotation before a declaration
(a = "b") struct A {}
=== type twice
struct A {}
struct A {}
=== type and enum
enum A { X }
struct A {}
=== enum before typedef
struct B {}
enum A { X }
typedef i32 A
=== service and struct
struct A {}
service A {}
=== constant twice
const i32 A = 1
const i32 A = 2
=== service without a name
service { void a() }
=== service without an end
service S { void a()
=== service that extends nothing
service S extends { void a() }
=== service that extends an unknown one
service S extends T {}
=== service that extends a struct
struct T {}
service S extends T {}
=== service that extends one of an unknown file
service S extends t.T {}
=== service that extends an unknown one of a file
include "other.thrift"
service S extends other.T {}
=== service that extends itself
service S extends S {}
=== services in a circle
service A extends B {}
service B extends C {}
service C extends A {}
=== method without a result
service S { a() }
=== method without parentheses
service S { void a }
=== method without an end
service S { void a( }
=== method named as a keyword
service S { void include() }
=== method with a dot
service S { void a.b() }
=== method twice
service S { void a(), i32 a() }
=== method in braces
service S { void a() {} }
=== method with an unknown result
service S { Missing a() }
=== argument with an unknown type
service S { void a(1: Missing m) }
=== argument twice
service S { void a(1: i32 b, 2: i32 b) }
=== argument's id twice
service S { void a(1: i32 b, 1: i32 c) }
=== argument with a wrong default
service S { void a(1: i32 b = "c") }
=== throws without parentheses
service S { void a() throws E }
=== throws a struct
struct E {}
service S { void a() throws (1: E e) }
=== throws a number
service S { void a() throws (1: i32 e) }
=== throws an unknown exception
service S { void a() throws (1: E e) }
=== throws two exceptions with one id
exception E {}
service S { void a() throws (1: E e, 1: E f) }
=== oneway with a result
service S { oneway i32 a() }
=== oneway that throws
exception E {}
service S { oneway void a() throws (1: E e) }
=== oneway behind the result
service S { void oneway a() }
=== two errors
struct A { 1: i32 a, 2 i32 b }
struct B { 1: Missing m }
struct C { 1: i32 }
=== three types are missing
struct A { 1: One a, 2: Two b }
service S { Three c() }
=== two constants are wrong
const i8 A = 128
const i8 B = "x"
=== error in an included file
include "broken.thrift"
struct A { 1: broken.B b }
=== a struct without its end before another
struct A {
  1: i32 a
struct B {
  1: i32 b,
  2: i32
}
enum E { A = x }
=== caret under a wide character
const string S = "ä", T
=== a long line
const string S = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" wrong
=== control characters in a line
const string S = "" x
=== carriage returns
struct A {
  1: Missing a
}
