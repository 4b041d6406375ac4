#include "services/emulator/secure_element.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/base/crc32.hpp"
#include "core/base/endian.hpp"

namespace wasmbed::emulator {
namespace {

// docs/reference/secure-element.md; device/drivers/secure_element.cpp has the other end, and a test both.
constexpr std::uint8_t kQuestionStart = 0x5E;
constexpr std::uint8_t kAnswerStart = 0xE5;
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kCrcBytes = 4;
constexpr std::size_t kDataBytesMax = 128;
constexpr std::size_t kIdentityBytes = 24;
constexpr std::uint8_t kErased = 0xFF;

enum Operation : std::uint8_t { kIdentify = 1, kRandom = 2, kRead = 3, kProgram = 4, kErase = 5 };
enum Status : std::uint8_t {
    kOk = 0,
    kBadRequest = 1,
    kOutOfRange = 2,
    kUnaligned = 3,
    kNotErased = 4,
    kReadOnly = 5,
    kMedium = 6
};

// Bytes of the question that begins at the front of `received`; 0 while that is not known.
std::size_t question_bytes(Bytes received) {
    if (received.size() < kHeaderBytes) return 0;
    return kHeaderBytes + (received[1] == kProgram ? received[3] : 0) + kCrcBytes;
}

}  // namespace

Result<SecureElement, std::string> SecureElement::open(const std::filesystem::path& file, const Layout& layout,
                                                       const Serial& serial) {
    Fd fd(::open(file.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd) return fail("cannot open " + file.string() + ": " + std::strerror(errno));
    return SecureElement(std::move(fd), layout, serial);
}

void SecureElement::line_cut() {
    received_.clear();
    last_question_.clear();
    last_answer_.clear();
}

void SecureElement::receive(Bytes bytes, std::vector<std::uint8_t>& answers) {
    received_.insert(received_.end(), bytes.begin(), bytes.end());
    std::size_t at = 0;
    while (at < received_.size()) {
        const Bytes rest = Bytes(received_).subspan(at);
        // What does not begin like a question, or does not have its checksum, is skipped up to the next that does.
        const bool possible = rest[0] == kQuestionStart && (rest.size() < 4 || rest[3] <= kDataBytesMax);
        const std::size_t size = possible ? question_bytes(rest) : 1;
        if (possible && (size == 0 || rest.size() < size)) break;
        if (!possible || load_le32(rest.data() + size - kCrcBytes) != crc32(rest.subspan(1, size - kCrcBytes - 1))) {
            ++at;
            continue;
        }
        const Bytes question = rest.first(size);
        // The same question again means that the answer did not arrive: it must not be executed twice.
        if (!std::equal(question.begin(), question.end(), last_question_.begin(), last_question_.end())) {
            const Answer answer = answer_to(question);
            last_question_.assign(question.begin(), question.end());
            last_answer_ = {kAnswerStart, answer.status, question[2], static_cast<std::uint8_t>(answer.data.size())};
            last_answer_.insert(last_answer_.end(), answer.data.begin(), answer.data.end());
            std::uint8_t crc[kCrcBytes];
            store_le32(crc, crc32(Bytes(last_answer_).subspan(1)));
            last_answer_.insert(last_answer_.end(), crc, crc + kCrcBytes);
        }
        answers.insert(answers.end(), last_answer_.begin(), last_answer_.end());
        at += size;
    }
    received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(at));
}

SecureElement::Answer SecureElement::answer_to(Bytes question) {
    const std::size_t count = question[3];
    const std::uint32_t address = load_le32(question.data() + 4);
    switch (question[1]) {
        case kIdentify:
            return identify();
        case kRandom:
            return random(count);
        case kRead:
            return read(address, count);
        case kProgram:
            return program(address, question.subspan(kHeaderBytes, count));
        case kErase:
            return erase(address);
        default:
            return {kBadRequest, {}};
    }
}

bool SecureElement::in_range(std::uint32_t address, std::size_t count) const {
    return address <= layout_.size && count <= layout_.size - address;
}

SecureElement::Answer SecureElement::identify() {
    std::vector<std::uint8_t> data(kIdentityBytes);
    data[0] = kVersion;
    data[1] = layout_.program_unit;
    data[2] = static_cast<std::uint8_t>(layout_.erase_block);
    data[3] = static_cast<std::uint8_t>(layout_.erase_block >> 8);
    store_le32(data.data() + 4, layout_.size);
    store_le32(data.data() + 8, layout_.read_only);
    std::copy(serial_.begin(), serial_.end(), data.begin() + 16);
    return {kOk, std::move(data)};
}

SecureElement::Answer SecureElement::random(std::size_t count) {
    std::vector<std::uint8_t> data(count);
    if (::getrandom(data.data(), count, 0) != static_cast<ssize_t>(count)) return {kMedium, {}};
    return {kOk, std::move(data)};
}

SecureElement::Answer SecureElement::read(std::uint32_t address, std::size_t count) {
    if (!in_range(address, count)) return {kOutOfRange, {}};
    std::vector<std::uint8_t> data(count);
    if (::pread(file_.get(), data.data(), count, address) != static_cast<ssize_t>(count)) return {kMedium, {}};
    return {kOk, std::move(data)};
}

SecureElement::Answer SecureElement::program(std::uint32_t address, Bytes data) {
    if (!in_range(address, data.size())) return {kOutOfRange, {}};
    if (address < layout_.read_only) return {kReadOnly, {}};
    if (address % layout_.program_unit != 0 || data.size() % layout_.program_unit != 0) return {kUnaligned, {}};
    Answer present = read(address, data.size());
    if (present.status != kOk) return present;
    if (!std::all_of(present.data.begin(), present.data.end(), [](std::uint8_t byte) { return byte == kErased; }))
        return {kNotErased, {}};
    const ssize_t written = ::pwrite(file_.get(), data.data(), data.size(), address);
    return {written == static_cast<ssize_t>(data.size()) ? kOk : kMedium, {}};
}

SecureElement::Answer SecureElement::erase(std::uint32_t address) {
    if (!in_range(address, layout_.erase_block)) return {kOutOfRange, {}};
    if (address < layout_.read_only) return {kReadOnly, {}};
    if (address % layout_.erase_block != 0) return {kUnaligned, {}};
    const std::vector<std::uint8_t> erased(layout_.erase_block, kErased);
    const ssize_t written = ::pwrite(file_.get(), erased.data(), erased.size(), address);
    return {written == static_cast<ssize_t>(erased.size()) ? kOk : kMedium, {}};
}

}  // namespace wasmbed::emulator
