#include "services/web/templates.hpp"

#include <set>

#include "host/base/log.hpp"
#include "host/net/tls.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::web {
namespace {

namespace fs = std::filesystem;

/// Of Application.spec.module.inline, decoded.
constexpr std::size_t kModuleBytesMax = 128 * 1024;

Result<json::object, std::string> read_template(const fs::path& description, const fs::path& module) {
    auto text = net::read_file(description.string());
    if (!text) return fail(text.error());
    auto parsed = parse_json(*text);
    if (!parsed) return fail(parsed.error());
    if (!parsed->is_object() || json_string(*parsed, {"title"}).empty()) return fail(std::string("a title is needed"));
    auto bytes = net::read_file(module.string());
    if (!bytes) return fail(bytes.error());
    if (bytes->size() > kModuleBytesMax) return fail(std::string("the module is larger than 128 KiB"));
    json::object entry{
        {"name", module.stem().string()}, {"module", pki::to_base64(bytes_of(*bytes))}, {"moduleBytes", bytes->size()}};
    for (const char* member : {"title", "description", "permissions", "limits", "restart", "config"}) {
        const auto* value = json_find(*parsed, {member});
        if (value) entry[member] = *value;
    }
    return entry;
}

}  // namespace

json::array read_templates(const fs::path& folder) {
    std::set<fs::path> modules;
    std::error_code error;
    for (const auto& file : fs::directory_iterator(folder, error)) {
        if (file.path().extension() == ".wasm") modules.insert(file.path());
    }
    json::array templates;
    for (const auto& module : modules) {
        auto description = module;
        description.replace_extension(".json");
        if (!fs::exists(description, error) || templates.size() >= kTemplatesMax) continue;
        auto entry = read_template(description, module);
        if (entry) {
            templates.push_back(std::move(*entry));
        } else {
            log_warn("template left out", {{"file", description.string()}, {"why", entry.error()}});
        }
    }
    return templates;
}

}  // namespace wasmbed::web
