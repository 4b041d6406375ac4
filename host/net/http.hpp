// HTTP messages as both ends see them. No Beast in here: that stays inside the .cpp files of this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wasmbed::net {

/// Header fields in order; names compare without case.
class Headers {
  public:
    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }

    /// The first value of `name`, or empty.
    std::string_view get(std::string_view name) const;

    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }

  private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// The part of a request target after '?', percent-decoded, in order.
class Query {
  public:
    Query() = default;
    /// Parses "a=1&b=x%20y"; malformed escapes stay as they are.
    explicit Query(std::string_view text);

    /// The first value of `name`; none when it is absent. "?follow" gives an empty string.
    std::optional<std::string> find(std::string_view name) const;
    std::string get(std::string_view name, std::string_view fallback = {}) const;
    /// True for "true", "1" and a bare name.
    bool flag(std::string_view name) const;

    void add(std::string name, std::string value) { items_.emplace_back(std::move(name), std::move(value)); }
    /// "a=1&b=x%20y", without '?'.
    std::string text() const;

    auto begin() const { return items_.begin(); }
    auto end() const { return items_.end(); }

  private:
    std::vector<std::pair<std::string, std::string>> items_;
};

/// Percent-encodes what RFC 3986 does not call unreserved.
std::string percent_encode(std::string_view text);
/// Decodes %XX; malformed escapes stay as they are.
std::string percent_decode(std::string_view text);

/// What goes wrong below HTTP: no answer was had, or its transfer broke off.
struct NetError {
    enum class Kind {
        unreachable,  ///< name not resolved, or connection refused
        tls,          ///< handshake or certificate check failed
        timeout,      ///< the deadline of the OpContext, or the idle limit of a stream, has passed
        closed,       ///< the peer closed in the middle
        protocol,     ///< not HTTP, or over a limit
        bad_url,      ///< the client's own configuration
    };
    Kind kind;
    std::string message;  ///< names host and port and the cause
};

}  // namespace wasmbed::net
