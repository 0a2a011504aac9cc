// What the C++ server and the C++ client share: the sample and the text of join.
#pragma once

#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "alltypes_types.h"

namespace peer {

inline alltypes::Point point(int32_t x, int32_t y) {
  alltypes::Point made;
  made.x = x;
  made.y = y;
  return made;
}

// sample returns the value that every peer has written down in its own language.
inline alltypes::Everything sample() {
  alltypes::Everything value;
  value.flag = true;
  value.tiny = std::numeric_limits<int8_t>::min();
  value.small = std::numeric_limits<int16_t>::min();
  value.medium = std::numeric_limits<int32_t>::min();
  value.large = std::numeric_limits<int64_t>::min();
  value.real = 6.02214076e23;
  value.text = u8"Grüße, 世界 🌍";
  value.blob = std::string("\x00\xff\x80\x7f\n", 5);
  value.color = alltypes::Color::BLUE;
  value.point = point(-1, 2);
  value.numbers = {0, 1, -1, std::numeric_limits<int32_t>::max()};
  value.names = {"alpha", "beta", ""};
  value.counts = {{"one", 1}, {"big", 9007199254740993}};
  value.grid = {{point(1, 2), point(3, 4)}, {}, {point(5, 6)}};
  value.nested = {{-7, {{"a", {0.5, -0.25}}, {"b", {}}}}, {9, {}}};
  value.places = {{"home", point(0, 0)}, {"away", point(100, -100)}};
  value.deep.resize(2);
  value.deep[0][1] = {1, 2};
  value.deep[0][-300] = {std::numeric_limits<int8_t>::min()};
  value.__set_note("set, though optional");
  value.palette = {alltypes::Color::RED, alltypes::Color::BLUE};
  value.bits = {true, false, true};
  return value;
}

// join returns the parameters of join as text. Eighths of the double are whole numbers, which all languages print alike.
inline std::string join(bool flag, int8_t tiny, int16_t small, int32_t medium, int64_t large, double real,
                        const std::string& text, const std::string& blob, alltypes::Color::type color,
                        const alltypes::Point& point, const std::vector<int32_t>& numbers) {
  std::ostringstream out;
  out << "flag=" << (flag ? "true" : "false") << " tiny=" << int(tiny) << " small=" << small << " medium=" << medium
      << " large=" << large << " eighths=" << int64_t(real * 8) << " text=" << text << " blob=";
  for (unsigned char byte : blob) {
    out << "0123456789abcdef"[byte >> 4] << "0123456789abcdef"[byte & 15];
  }
  out << " color=" << int(color) << " point=" << point.x << "," << point.y << " numbers=";
  for (size_t i = 0; i < numbers.size(); i++) {
    out << (i > 0 ? "," : "") << numbers[i];
  }
  return out.str();
}

}  // namespace peer
