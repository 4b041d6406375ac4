#include "host/base/yaml.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "core/base/utf8.hpp"

namespace wasmbed {
namespace {

/// Bound on what aliases may blow a small text up to.
constexpr std::size_t kNodesMax = 1'000'000;
constexpr int kDepthMax = 64;

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

/// True iff all of `text` is one number; `format` is the base of an integer, or nothing.
template <class T, class... Format>
bool whole_number(std::string_view text, T& value, Format... format) {
    auto end = text.data() + text.size();
    auto [at, error] = std::from_chars(text.data(), end, value, format...);
    return error == std::errc() && at == end && !text.empty();
}

bool looks_like_float(std::string_view text) {
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    if (text.empty() || !(std::isdigit(static_cast<unsigned char>(text[0])) || text[0] == '.')) return false;
    return text.find_first_not_of("0123456789.eE+-") == text.npos && text.find_first_of("0123456789") != text.npos;
}

/// YAML 1.2 core schema, section 10.3.2.
json::value plain_scalar(const std::string& text) {
    if (text.empty() || one_of(text, {"~", "null", "Null", "NULL"})) return nullptr;
    if (one_of(text, {"true", "True", "TRUE"})) return true;
    if (one_of(text, {"false", "False", "FALSE"})) return false;
    std::string_view digits = text;
    if (digits[0] == '+' && digits.size() > 1 && std::isdigit(static_cast<unsigned char>(digits[1]))) {
        digits.remove_prefix(1);
    }
    std::int64_t number = 0;
    if (whole_number(digits, number)) return number;
    std::uint64_t large = 0;
    if (whole_number(digits, large)) return large;
    if (digits.starts_with("0x") && whole_number(digits.substr(2), number, 16)) return number;
    if (digits.starts_with("0o") && whole_number(digits.substr(2), number, 8)) return number;
    double real = 0;
    if (looks_like_float(digits) && whole_number(digits, real) && std::isfinite(real)) return real;
    return json::string(text);
}

std::string place(const YAML::Mark& mark) {
    return "line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1);
}

struct Converter {
    std::size_t nodes = 0;
    std::string error;

    json::value convert(const YAML::Node& node, int depth) {
        if (!error.empty()) return nullptr;
        if (++nodes > kNodesMax) return reject(node, "the document has too many nodes");
        if (depth > kDepthMax) return reject(node, "the document is nested too deeply");
        switch (node.Type()) {
            case YAML::NodeType::Scalar:
                return node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str"
                           ? json::value(json::string(node.Scalar()))
                           : plain_scalar(node.Scalar());
            case YAML::NodeType::Sequence:
                return sequence(node, depth);
            case YAML::NodeType::Map:
                return map(node, depth);
            default:
                return nullptr;
        }
    }

    json::value sequence(const YAML::Node& node, int depth) {
        json::array array;
        for (const auto& item : node) array.push_back(convert(item, depth + 1));
        return array;
    }

    json::value map(const YAML::Node& node, int depth) {
        json::object object;
        for (const auto& member : node) {
            if (!member.first.IsScalar()) return reject(member.first, "a mapping's key must be a scalar");
            const auto& key = member.first.Scalar();
            if (object.contains(key)) return reject(member.first, "duplicate key \"" + key + "\"");
            object[key] = convert(member.second, depth + 1);
        }
        return object;
    }

    json::value reject(const YAML::Node& node, const std::string& what) {
        if (error.empty()) error = place(node.Mark()) + ": " + what;
        return nullptr;
    }
};

/// A string that YAML would read back as the same string without quotes.
bool plain_is_safe(std::string_view text) {
    if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
    if (!plain_scalar(std::string(text)).is_string()) return false;
    // YAML 1.1 readers, kubectl among them, take these for booleans, and dates for timestamps.
    if (one_of(text,
               {"y", "Y", "n", "N", "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"})) {
        return false;
    }
    if (text.size() >= 10 && text[4] == '-' && text[7] == '-' && std::isdigit(static_cast<unsigned char>(text[0]))) {
        return false;
    }
    if (std::string_view("-?:,[]{}#&*!|>'\"%@`=~<").find(text.front()) != std::string_view::npos) {
        bool dash_word = text.front() == '-' && text.size() > 1 && text[1] != ' ' && text != "---";
        if (!dash_word) return false;
    }
    if (text.find(": ") != text.npos || text.find(" #") != text.npos) return false;
    return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

bool literal_is_safe(std::string_view text) {
    if (text.find('\n') == text.npos || text.front() == ' ' || text.front() == '\n') return false;
    return std::none_of(text.begin(), text.end(),
                        [](unsigned char c) { return (c < ' ' && c != '\n') || c == 0x7f; }) &&
           text.find(" \n") == text.npos;
}

class Emitter {
  public:
    std::string take() { return std::move(out_); }

    /// Writes `value` after "key:" or "- " when it fits there, else on lines of its own at `indent`.
    void value(const json::value& value, int indent, bool after_dash) {
        if (const auto* object = value.if_object(); object && !object->empty()) {
            members(*object, indent, after_dash);
        } else if (const auto* array = value.if_array(); array && !array->empty()) {
            items(*array, indent, after_dash);
        } else {
            scalar(value, indent);
        }
    }

    void scalar(const json::value& value, int indent) {
        if (const auto* text = value.if_string()) {
            string(std::string_view(text->data(), text->size()), indent);
        } else {
            out_ += json::serialize(value);
            out_ += '\n';
        }
    }

  private:
    void pad(int indent) { out_.append(static_cast<std::size_t>(indent), ' '); }

    void members(const json::object& object, int indent, bool after_dash) {
        std::vector<const json::key_value_pair*> sorted;
        for (const auto& member : object) sorted.push_back(&member);
        std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->key() < b->key(); });
        bool first = after_dash;
        for (const auto* member : sorted) {
            if (!first) pad(indent);
            first = false;
            std::string_view key(member->key().data(), member->key().size());
            out_ += plain_is_safe(key) ? std::string(key) : json::serialize(json::string(key));
            out_ += ':';
            child(member->value(), indent);
        }
    }

    void child(const json::value& value, int indent) {
        bool nested_object = value.is_object() && !value.get_object().empty();
        bool nested_array = value.is_array() && !value.get_array().empty();
        out_ += nested_object || nested_array ? '\n' : ' ';
        if (nested_object) {
            this->value(value, indent + 2, false);
        } else if (nested_array) {
            this->value(value, indent, false);
        } else {
            scalar(value, indent + 2);
        }
    }

    void items(const json::array& array, int indent, bool after_dash) {
        bool first = after_dash;
        for (const auto& item : array) {
            if (!first) pad(indent);
            first = false;
            out_ += "- ";
            value(item, indent + 2, true);
        }
    }

    void string(std::string_view text, int indent) {
        if (plain_is_safe(text)) {
            out_ += text;
            out_ += '\n';
        } else if (literal_is_safe(text)) {
            literal(text, indent);
        } else {
            out_ += json::serialize(json::string(text));
            out_ += '\n';
        }
    }

    void literal(std::string_view text, int indent) {
        bool ends_with_newline = text.back() == '\n';
        bool more = ends_with_newline && text.size() > 1 && text[text.size() - 2] == '\n';
        out_ += more ? "|+\n" : ends_with_newline ? "|\n" : "|-\n";
        if (ends_with_newline) text.remove_suffix(1);
        while (true) {
            auto end = text.find('\n');
            auto line = text.substr(0, end);
            if (!line.empty()) pad(std::max(indent, 2));
            out_ += line;
            out_ += '\n';
            if (end == text.npos) break;
            text.remove_prefix(end + 1);
        }
    }

    std::string out_;
};

/// yaml-cpp 0.7 takes a separator or a closing bracket where a document should begin for an empty document, does not
/// move on, and makes documents until memory is used up. Two that begin at one place are the sign of it.
class Progress final : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        if (mark.pos == last_) throw YAML::ParserException(mark, "no value begins here");
        last_ = mark.pos;
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

  private:
    int last_ = -1;
};

/// Throws where yaml-cpp would not come to an end.
void check_progress(const std::string& text) {
    std::istringstream in(text);
    YAML::Parser parser(in);
    Progress progress;
    while (parser.HandleNextDocument(progress)) {
    }
}

}  // namespace

Result<std::vector<json::value>, std::string> parse_yaml(std::string_view text) {
    // yaml-cpp would guess another encoding, or hand bytes on that are no text.
    if (!utf8_valid(bytes_of(text))) return fail(std::string("invalid YAML: the text is not UTF-8"));
    try {
        std::vector<json::value> documents;
        const std::string owned(text);
        check_progress(owned);
        for (const auto& node : YAML::LoadAll(owned)) {
            Converter converter;
            auto document = converter.convert(node, 0);
            if (!converter.error.empty()) return fail("invalid YAML at " + converter.error);
            if (!document.is_null()) documents.push_back(std::move(document));
        }
        return documents;
    } catch (const YAML::DeepRecursion& e) {  // its own message is "bad file"
        return fail("invalid YAML at " + place(e.mark) + ": the document is nested too deeply");
    } catch (const YAML::Exception& e) {
        return fail("invalid YAML at " + place(e.mark) + ": " + e.msg);
    }
}

std::string to_yaml(const json::value& value) {
    Emitter emitter;
    emitter.value(value, 0, false);
    return emitter.take();
}

}  // namespace wasmbed
