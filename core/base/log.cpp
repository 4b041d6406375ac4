#include "core/base/log.hpp"

#include "core/base/text_writer.hpp"

namespace wasmbed {

std::string_view log_level_name(LogLevel level) {
    switch (level) {
        case LogLevel::error:
            return "error";
        case LogLevel::warn:
            return "warn";
        case LogLevel::info:
            return "info";
        case LogLevel::debug:
            return "debug";
    }
    return "unknown";
}

void Log::line(LogLevel level, std::string_view message, const Fields& fields) {
    if (level > most_detailed_) return;
    char buffer[kLineBytes];
    TextWriter out(buffer);
    out.text(message);
    for (const LogField& field : fields) {
        out.text(" ").text(field.key_).text("=");
        switch (field.kind_) {
            case LogField::Kind::unsigned_int:
                out.decimal(field.number_);
                break;
            case LogField::Kind::signed_int:
                out.signed_decimal(static_cast<std::int64_t>(field.number_));
                break;
            case LogField::Kind::text:
                out.text(field.text_);
                break;
            case LogField::Kind::hex:
                out.hex_bytes(bytes_of(field.text_));
                break;
        }
    }
    sink_.write(level, {}, out.view());
}

}  // namespace wasmbed
