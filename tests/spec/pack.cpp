#include "tests/spec/pack.hpp"

namespace wasmbed::spec {

namespace {

// Numbers are written in 7-bit groups, least first, as in WebAssembly; texts and modules with their length in front.
constexpr std::uint64_t kMagic = 0x57535031;  // changes with the format
constexpr std::uint8_t kScript = 1, kCommand = 2, kEnd = 3;
constexpr std::uint32_t kSizeMax = 1 << 24;  // of a text, a module or a list: more is damage

}  // namespace

PackWriter::PackWriter(std::FILE* file) : file_(file) {
    number(kMagic);
}

void PackWriter::script(const std::string& suite, const std::string& name) {
    byte(kScript);
    text(suite);
    text(name);
}

void PackWriter::command(const Command& command) {
    byte(kCommand);
    text(command.type);
    number(command.line);
    text(command.filename);
    text(command.text);
    text(command.name);
    text(command.as);
    byte(command.text_module);
    byte(command.action.is_get);
    text(command.action.module);
    text(command.action.field);
    values(command.action.arguments);
    values(command.expected);
    text({command.wasm.begin(), command.wasm.end()});
}

bool PackWriter::end() {
    byte(kEnd);
    return std::fflush(file_) == 0 && !std::ferror(file_);
}

void PackWriter::number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
}

void PackWriter::text(const std::string& value) {
    number(value.size());
    std::fwrite(value.data(), 1, value.size(), file_);
}

void PackWriter::values(const std::vector<Value>& values) {
    number(values.size());
    for (const Value& value : values) {
        text(value.type);
        number(value.bits);
        byte(static_cast<std::uint8_t>(value.pattern));
    }
}

PackReader::PackReader(std::FILE* file) : file_(file) {
    good_ = number() == kMagic;
}

PackReader::Item PackReader::next() {
    const std::uint8_t kind = good_ ? byte() : std::uint8_t{0};
    if (kind == kEnd && good_) return Item::kEnd;
    if (kind == kScript) {
        text(suite);
        text(name);
    } else if (kind == kCommand) {
        command = {};
        text(command.type);
        command.line = static_cast<std::uint32_t>(number());
        text(command.filename);
        text(command.text);
        text(command.name);
        text(command.as);
        command.text_module = byte() != 0;
        command.action.is_get = byte() != 0;
        text(command.action.module);
        text(command.action.field);
        values(command.action.arguments);
        values(command.expected);
        command.wasm.resize(size());
        if (std::fread(command.wasm.data(), 1, command.wasm.size(), file_) != command.wasm.size()) good_ = false;
    } else {
        good_ = false;
    }
    if (!good_) return Item::kDamaged;
    return kind == kScript ? Item::kScript : Item::kCommand;
}

std::uint8_t PackReader::byte() {
    const int value = std::fgetc(file_);
    if (value < 0) good_ = false;
    return value < 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(value);
}

std::uint64_t PackReader::number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const std::uint8_t b = byte();
        value |= std::uint64_t{b & 0x7fu} << shift;
        if (b < 0x80) break;
    }
    return value;
}

std::uint32_t PackReader::size() {
    const std::uint64_t value = number();
    if (value > kSizeMax) good_ = false;
    return good_ ? static_cast<std::uint32_t>(value) : 0;
}

void PackReader::text(std::string& value) {
    value.resize(size());
    if (std::fread(value.data(), 1, value.size(), file_) != value.size()) good_ = false;
}

void PackReader::values(std::vector<Value>& values) {
    values.resize(size());
    for (Value& value : values) {
        text(value.type);
        value.bits = number();
        value.pattern = static_cast<Value::Pattern>(byte());
    }
}

}  // namespace wasmbed::spec
