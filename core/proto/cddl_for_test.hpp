// As much of CDDL (RFC 8610) as our three files use, for the test that compares them with the code.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace wasmbed::proto {

/// The rules of a CDDL file. Not a general parser: it knows maps, groups, choices of numbers and the controls we use,
/// and fails the test on anything else.
class Cddl {
  public:
    explicit Cddl(const std::string& path);

    /// The file without comments is `rules`; `text` keeps them.
    const std::string& text() const { return text_; }
    /// The right side of `name = ...`, white space as single blanks; empty if there is no such rule.
    std::string rule(const std::string& name) const;

    /// One line per key of a map or group, groups spliced in, names of types replaced by what they stand for:
    /// "? 6 tstr 0..120".
    std::string describe_map(const std::string& name) const;

    /// Name to number of a choice like &( none: 0, exit: 11 ), given as rule or as written.
    std::map<std::string, unsigned> choice(const std::string& name) const;

  private:
    std::string describe_entries(std::string_view entries) const;
    std::string describe_type(std::string type) const;

    std::string text_;
    std::map<std::string, std::string> rules_;
};

}  // namespace wasmbed::proto
