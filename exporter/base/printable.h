#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mta_sts {

/// Text from outside made safe to show anywhere a person or a parser reads lines: valid UTF-8 (other octets become
/// U+FFFD), control characters, line and paragraph separators and bidirectional marks escaped as \xNN or \u{NNNN}. It
/// cannot end a line, move a cursor or reorder what stands beside it.
std::string printable(std::string_view text);

/// The same, cut to at most `limit` octets at a character's border, with "..." in place of what is cut.
std::string printable(std::string_view text, std::size_t limit);

}  // namespace mta_sts
