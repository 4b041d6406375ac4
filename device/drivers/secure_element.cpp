#include "device/drivers/secure_element.hpp"

#include <algorithm>

#include "core/base/crc32.hpp"
#include "core/base/endian.hpp"

namespace wasmbed::drivers {
namespace {

// docs/reference/secure-element.md; services/emulator/secure_element.cpp has the other end, and a test both.
constexpr std::uint8_t kQuestionStart = 0x5E;
constexpr std::uint8_t kAnswerStart = 0xE5;
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kQuestionHeaderBytes = 8;
constexpr std::size_t kAnswerHeaderBytes = 4;
constexpr std::size_t kCrcBytes = 4;
constexpr std::size_t kIdentityBytes = 24;

// The longest question and answer take 30 ms at 115,200 baud; an emulated element may wait seconds for its turn on a
// busy machine. Each repetition waits twice as long as the one before. One that was silent through all of them is asked
// less patiently until it answers.
constexpr int kAttempts = 7;
constexpr int kAttemptsOfSilent = 2;
constexpr std::uint64_t kFirstAnswerUs = 100'000;

}  // namespace

void SecureElement::send(const Question& question) {
    std::uint8_t header[kQuestionHeaderBytes] = {kQuestionStart, static_cast<std::uint8_t>(question.operation),
                                                 sequence_, question.count};
    store_le32(header + 4, question.address);
    std::uint8_t crc[kCrcBytes];
    store_le32(crc, crc32(question.data, crc32(Bytes(header).subspan(1))));
    line_.send(header);
    line_.send(question.data);
    line_.send(crc);
}

/// Takes answers until the one to the present question came.
SecureElement::Status SecureElement::receive(MutableBytes answer, std::uint64_t deadline_us) {
    std::uint8_t header[kAnswerHeaderBytes];
    const MutableBytes rest = MutableBytes(header).subspan(1);
    for (;;) {
        if (!line_.receive({header, 1}, deadline_us)) return Status::NoAnswer;
        if (header[0] != kAnswerStart) continue;
        if (!line_.receive(rest, deadline_us)) return Status::NoAnswer;
        const auto status = static_cast<Status>(header[1]);
        const std::size_t count = header[3];
        if (header[2] != sequence_ || count != (status == Status::Ok ? answer.size() : 0)) continue;
        std::uint8_t crc[kCrcBytes];
        if (!line_.receive(answer.first(count), deadline_us) || !line_.receive(crc, deadline_us)) {
            return Status::NoAnswer;
        }
        if (load_le32(crc) == crc32(answer.first(count), crc32(rest))) return status;
    }
}

Result<void, SecureElement::Status> SecureElement::ask(const Question& question, MutableBytes answer) {
    ++sequence_;
    Status status = Status::NoAnswer;
    const int attempts = silent_ ? kAttemptsOfSilent : kAttempts;
    for (int attempt = 0; attempt < attempts && status == Status::NoAnswer; ++attempt) {
        line_.drop_received();
        send(question);
        status = receive(answer, clock_.now_us() + (kFirstAnswerUs << attempt));
    }
    silent_ = status == Status::NoAnswer;
    if (status != Status::Ok) return fail(status);
    return {};
}

Result<SecureElement::Identity, SecureElement::Status> SecureElement::identify() {
    if (identity_) return *identity_;
    std::uint8_t answer[kIdentityBytes];
    if (const auto asked = ask({.operation = Operation::Identify}, answer); !asked) return fail(asked.error());
    if (answer[0] != kVersion) return fail(Status::BadRequest);
    Identity identity{};
    std::copy_n(answer + 16, identity.serial.size(), identity.serial.begin());
    identity.program_unit = answer[1];
    identity.erase_block = answer[2] | static_cast<std::uint32_t>(answer[3]) << 8;
    identity.size = load_le32(answer + 4);
    identity.read_only = load_le32(answer + 8);
    identity_ = identity;
    return identity;
}

Result<void, SecureElement::Status> SecureElement::random(MutableBytes out) {
    while (!out.empty()) {
        const std::size_t count = std::min(out.size(), kDataBytesMax);
        const auto asked =
            ask({.operation = Operation::Random, .count = static_cast<std::uint8_t>(count)}, out.first(count));
        if (!asked) return asked;
        out = out.subspan(count);
    }
    return {};
}

Result<void, SecureElement::Status> SecureElement::read(std::uint32_t address, MutableBytes out) {
    while (!out.empty()) {
        const std::size_t count = std::min(out.size(), kDataBytesMax);
        const auto asked =
            ask({.operation = Operation::Read, .address = address, .count = static_cast<std::uint8_t>(count)},
                out.first(count));
        if (!asked) return asked;
        address += static_cast<std::uint32_t>(count);
        out = out.subspan(count);
    }
    return {};
}

Result<void, SecureElement::Status> SecureElement::program(std::uint32_t address, Bytes data) {
    while (!data.empty()) {
        const std::size_t count = std::min(data.size(), kDataBytesMax);
        const auto asked = ask({.operation = Operation::Program,
                                .address = address,
                                .count = static_cast<std::uint8_t>(count),
                                .data = data.first(count)},
                               {});
        if (!asked) return asked;
        address += static_cast<std::uint32_t>(count);
        data = data.subspan(count);
    }
    return {};
}

Result<void, SecureElement::Status> SecureElement::erase(std::uint32_t address) {
    return ask({.operation = Operation::Erase, .address = address}, {});
}

namespace {

hal::StoreError error_of(SecureElement::Status status) {
    switch (status) {
        case SecureElement::Status::OutOfRange:
            return hal::StoreError::OutOfRange;
        case SecureElement::Status::Unaligned:
            return hal::StoreError::Unaligned;
        case SecureElement::Status::NotErased:
            return hal::StoreError::NotErased;
        default:
            return hal::StoreError::Device;
    }
}

Result<void, hal::StoreError> as_store(Result<void, SecureElement::Status> done) {
    if (!done) return fail(error_of(done.error()));
    return {};
}

}  // namespace

Result<void, hal::StoreError> SecureElementStore::do_read(std::uint32_t offset, MutableBytes out) const {
    return as_store(element_.read(address_ + offset, out));
}

/// In parts; so that a refusal leaves nothing written, all of them are looked at first.
Result<void, hal::StoreError> SecureElementStore::do_program(std::uint32_t offset, Bytes data) {
    if (data.size() > SecureElement::kDataBytesMax) {
        std::uint8_t present[32];
        for (std::size_t at = 0; at < data.size(); at += sizeof present) {
            const MutableBytes part{present, std::min(sizeof present, data.size() - at)};
            const auto read = element_.read(address_ + offset + static_cast<std::uint32_t>(at), part);
            if (!read) return fail(error_of(read.error()));
            if (std::any_of(part.begin(), part.end(), [](std::uint8_t byte) { return byte != kErased; }))
                return fail(hal::StoreError::NotErased);
        }
    }
    return as_store(element_.program(address_ + offset, data));
}

Result<void, hal::StoreError> SecureElementStore::do_erase(std::uint32_t offset, std::uint32_t size) {
    for (std::uint32_t at = 0; at < size; at += geometry_.erase_block) {
        if (const auto done = element_.erase(address_ + offset + at); !done) return fail(error_of(done.error()));
    }
    return {};
}

Result<void, hal::EntropyError> SecureElementEntropy::do_fill(MutableBytes out) {
    if (!element_.random(out)) return fail(hal::EntropyError::NoData);
    const bool healthy =
        std::all_of(out.begin(), out.end(), [this](std::uint8_t byte) { return health_.accept(byte); });
    if (!healthy) return fail(hal::EntropyError::Unhealthy);
    return {};
}

void SecureElementFactory::load() {
    loaded_ = element_.read(0, memory_) ? memory_.size() : 0;
}

}  // namespace wasmbed::drivers
