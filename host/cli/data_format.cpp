#include "host/cli/data_format.hpp"

#include "host/base/json.hpp"
#include "host/pki/atomic_file.hpp"

namespace wasmbed::cli {
namespace {

namespace fs = std::filesystem;

fs::path format_file(const fs::path& folder) {
    return folder / "format";
}

Result<int, std::string> recorded_format(const fs::path& folder, std::string& written_by) {
    const fs::path path = format_file(folder);
    std::error_code error;
    if (!fs::exists(path, error)) return 0;
    auto text = pki::read_small_file(path);
    if (!text) return fail(text.error().message);
    auto parsed = parse_json(*text);
    const auto format = parsed ? json_int(*parsed, {"format"}) : 0;
    if (format <= 0)
        return fail(path.string() + " is damaged; it should read {\"format\": " + std::to_string(kDataFormat) +
                    "}: bring it back from a backup");
    written_by = json_string(*parsed, {"writtenBy"});
    return static_cast<int>(std::min<std::int64_t>(format, INT32_MAX));
}

}  // namespace

Result<void, std::string> check_data_format(const fs::path& folder) {
    std::string written_by;
    auto format = recorded_format(folder, written_by);
    if (!format) return fail(format.error());
    if (*format > kDataFormat)
        return fail(folder.string() + " has data format " + std::to_string(*format) + ", written by wasmbed " +
                    written_by + "; this wasmbed knows formats up to " + std::to_string(kDataFormat) +
                    ": use the newer wasmbed, or another folder with --data; nothing was changed");
    std::error_code error;
    const bool has_devices = fs::is_directory(folder / "devices", error) && !fs::is_empty(folder / "devices", error);
    if (has_devices && !fs::exists(folder / "apiserver.db", error))
        return fail((folder / "apiserver.db").string() +
                    " is missing while devices/ is there: bring it back, or a whole backup with `wasmbed restore`; to "
                    "start without any object, move devices/ away too");
    return {};
}

Result<void, std::string> settle_data_format(const fs::path& folder, const std::string& version) {
    std::string written_by;
    auto format = recorded_format(folder, written_by);
    if (!format) return fail(format.error());
    if (*format == kDataFormat) return {};
    const json::object record{{"format", kDataFormat}, {"writtenBy", version}};
    auto written = pki::write_file_atomic(format_file(folder), json::serialize(record) + "\n", 0600);
    if (!written) return fail(written.error().message);
    return {};
}

}  // namespace wasmbed::cli
