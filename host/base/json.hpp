// JSON on the host side is Boost.JSON; these are the look-ups that code around Kubernetes objects needs all the time.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace wasmbed {

namespace json = boost::json;

/// The value at a path of member names, or null when a step is missing or not an object.
///     json_find(device, {"status", "session", "gateway"})
const json::value* json_find(const json::value& root, std::initializer_list<std::string_view> path);

/// The string at `path`, or `fallback` when it is missing or not a string. The view lives as long as `root`.
std::string_view json_string(const json::value& root, std::initializer_list<std::string_view> path,
                             std::string_view fallback = {});

/// The integer at `path`, or `fallback`. A double with an integral value counts; anything out of range does not.
std::int64_t json_int(const json::value& root, std::initializer_list<std::string_view> path, std::int64_t fallback = 0);

/// The boolean at `path`, or `fallback`.
bool json_bool(const json::value& root, std::initializer_list<std::string_view> path, bool fallback = false);

/// The object or array at `path`, or null.
const json::object* json_object(const json::value& root, std::initializer_list<std::string_view> path);
const json::array* json_array(const json::value& root, std::initializer_list<std::string_view> path);

/// Parses one JSON text (RFC 8259), at most 64 levels deep. The error names what was wrong and the byte offset.
Result<json::value, std::string> parse_json(std::string_view text);

/// RFC 7386: applies `patch` to `target` in place; members set to null are removed.
void apply_merge_patch(json::value& target, const json::value& patch);

/// RFC 7386 the other way round: the smallest patch that turns `from` into `to` (both objects). Empty object: equal.
json::object make_merge_patch(const json::object& from, const json::object& to);

}  // namespace wasmbed
