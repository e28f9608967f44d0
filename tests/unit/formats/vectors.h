#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json.hpp>

namespace mta_sts::test {

/// The conformance vectors of tests/vectors/NAME.
inline boost::json::array load_vectors(const std::string& name) {
  std::ifstream file(std::string(SOURCE_DIR) + "/tests/vectors/" + name);
  if (!file) throw std::runtime_error("no vectors " + name);
  std::stringstream text;
  text << file.rdbuf();
  return boost::json::parse(text.str()).as_array();
}

inline std::string text_of(const boost::json::value& value) {
  return value.is_null() ? std::string() : std::string(value.as_string());
}

inline std::vector<std::string> texts_of(const boost::json::value& value) {
  std::vector<std::string> texts;
  for (const auto& item : value.as_array()) texts.push_back(text_of(item));
  return texts;
}

/// The RRs of a TXT vector, the character-strings of each joined.
inline std::vector<std::string> rrs_of(const boost::json::value& input) {
  std::vector<std::string> rrs;
  for (const auto& rr : input.as_array()) {
    std::string text;
    if (rr.is_array()) {
      for (const auto& part : rr.as_array()) text += text_of(part);
    } else {
      text = text_of(rr);
    }
    rrs.push_back(text);
  }
  return rrs;
}

}  // namespace mta_sts::test
