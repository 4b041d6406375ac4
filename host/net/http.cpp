#include "host/net/http.hpp"

#include <algorithm>
#include <cctype>

namespace wasmbed::net {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool equal_without_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::string_view Headers::get(std::string_view name) const {
    for (const auto& [key, value] : fields_) {
        if (equal_without_case(key, name)) return value;
    }
    return {};
}

std::string percent_encode(std::string_view text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (unsigned char c : text) {
        if (std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            out += static_cast<char>(c);
        } else {
            out += '%';
            out += kHex[c >> 4];
            out += kHex[c & 15];
        }
    }
    return out;
}

std::string percent_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

Query::Query(std::string_view text) {
    auto decode = [](std::string_view part) {
        std::string plain(part);
        std::replace(plain.begin(), plain.end(), '+', ' ');  // as HTML forms and Go's url.Values encode a blank
        return percent_decode(plain);
    };
    while (!text.empty()) {
        auto end = text.find('&');
        auto item = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (item.empty()) continue;
        auto equals = item.find('=');
        items_.emplace_back(decode(item.substr(0, equals)),
                            equals == item.npos ? std::string() : decode(item.substr(equals + 1)));
    }
}

std::optional<std::string> Query::find(std::string_view name) const {
    for (const auto& [key, value] : items_) {
        if (key == name) return value;
    }
    return {};
}

std::string Query::get(std::string_view name, std::string_view fallback) const {
    return find(name).value_or(std::string(fallback));
}

bool Query::flag(std::string_view name) const {
    auto value = find(name);
    return value && (value->empty() || *value == "true" || *value == "1");
}

std::string Query::text() const {
    std::string out;
    for (const auto& [key, value] : items_) {
        if (!out.empty()) out += '&';
        out += percent_encode(key) + "=" + percent_encode(value);
    }
    return out;
}

}  // namespace wasmbed::net
