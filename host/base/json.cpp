#include "host/base/json.hpp"

#include <boost/json/stream_parser.hpp>
#include <cmath>
#include <cstddef>

namespace wasmbed {
namespace {

constexpr std::size_t kParseDepthMax = 64;

}  // namespace

const json::value* json_find(const json::value& root, std::initializer_list<std::string_view> path) {
    const json::value* at = &root;
    for (auto name : path) {
        const auto* object = at->if_object();
        if (!object) return nullptr;
        at = object->if_contains(name);
        if (!at) return nullptr;
    }
    return at;
}

std::string_view json_string(const json::value& root, std::initializer_list<std::string_view> path,
                             std::string_view fallback) {
    const auto* found = json_find(root, path);
    const auto* text = found ? found->if_string() : nullptr;
    return text ? std::string_view(text->data(), text->size()) : fallback;
}

std::int64_t json_int(const json::value& root, std::initializer_list<std::string_view> path, std::int64_t fallback) {
    const auto* found = json_find(root, path);
    if (!found) return fallback;
    if (const auto* number = found->if_int64()) return *number;
    if (const auto* number = found->if_double()) {
        constexpr double kExactMax = 9007199254740992.0;  // 2^53: beyond it a double is no longer one integer
        if (std::trunc(*number) == *number && std::abs(*number) <= kExactMax) return static_cast<std::int64_t>(*number);
    }
    return fallback;
}

bool json_bool(const json::value& root, std::initializer_list<std::string_view> path, bool fallback) {
    const auto* found = json_find(root, path);
    const auto* flag = found ? found->if_bool() : nullptr;
    return flag ? *flag : fallback;
}

const json::object* json_object(const json::value& root, std::initializer_list<std::string_view> path) {
    const auto* found = json_find(root, path);
    return found ? found->if_object() : nullptr;
}

const json::array* json_array(const json::value& root, std::initializer_list<std::string_view> path) {
    const auto* found = json_find(root, path);
    return found ? found->if_array() : nullptr;
}

Result<json::value, std::string> parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = kParseDepthMax;
    json::stream_parser parser({}, options);
    json::error_code error;
    std::size_t read = parser.write_some(text.data(), text.size(), error);
    if (!error && read < text.size()) error = json::error::extra_data;
    if (!error) parser.finish(error);
    if (error) return fail("invalid JSON at byte " + std::to_string(read) + ": " + error.message());
    return parser.release();
}

void apply_merge_patch(json::value& target, const json::value& patch) {
    const auto* members = patch.if_object();
    if (!members) {
        target = patch;
        return;
    }
    if (!target.is_object()) target = json::object();
    auto& object = target.get_object();
    for (const auto& member : *members) {
        if (member.value().is_null()) {
            object.erase(member.key());
        } else {
            apply_merge_patch(object[member.key()], member.value());
        }
    }
}

json::object make_merge_patch(const json::object& from, const json::object& to) {
    json::object patch;
    for (const auto& member : from) {
        if (!to.contains(member.key())) patch[member.key()] = nullptr;
    }
    for (const auto& member : to) {
        const auto* before = from.if_contains(member.key());
        if (before && *before == member.value()) continue;
        if (before && before->is_object() && member.value().is_object()) {
            patch[member.key()] = make_merge_patch(before->get_object(), member.value().get_object());
        } else {
            patch[member.key()] = member.value();
        }
    }
    return patch;
}

}  // namespace wasmbed
