// The secure element beside a microcontroller that has neither random numbers nor writable flash:
// docs/reference/secure-element.md.
#pragma once

#include <array>
#include <optional>

#include "core/base/result.hpp"
#include "device/drivers/byte_line.hpp"
#include "device/drivers/entropy_health.hpp"
#include "device/hal/entropy.hpp"
#include "device/hal/factory_partition.hpp"
#include "device/hal/store.hpp"

namespace wasmbed::drivers {

/// The protocol's client. Each question waits for its answer, at most 13 s with repetitions.
class SecureElement {
  public:
    enum class Status : std::uint8_t {
        Ok = 0,
        BadRequest = 1,
        OutOfRange = 2,
        Unaligned = 3,
        NotErased = 4,
        ReadOnly = 5,
        Medium = 6,      ///< the element's memory failed
        NoAnswer = 255,  ///< nothing, or nothing readable, within the time limit
    };
    struct Identity {
        std::array<std::uint8_t, 8> serial;  ///< unique to this element, not a secret
        std::uint32_t size;                  ///< bytes of its slots
        std::uint32_t erase_block;
        std::uint32_t program_unit;
        std::uint32_t read_only;  ///< bytes from address 0 that it lets nobody change: the factory's
    };
    /// Data bytes of one question or answer at most.
    static constexpr std::size_t kDataBytesMax = 128;

    SecureElement(ByteLine& line, const hal::Clock& clock) : line_(line), clock_(clock) {}

    /// Who it is. Asked once, at the first call that succeeds; the element forgets an earlier dialogue at it.
    [[nodiscard]] Result<Identity, Status> identify();
    [[nodiscard]] Result<void, Status> random(MutableBytes out);
    [[nodiscard]] Result<void, Status> read(std::uint32_t address, MutableBytes out);
    [[nodiscard]] Result<void, Status> program(std::uint32_t address, Bytes data);
    /// One erase block.
    [[nodiscard]] Result<void, Status> erase(std::uint32_t address);

  private:
    enum class Operation : std::uint8_t { Identify = 1, Random = 2, Read = 3, Program = 4, Erase = 5 };

    struct Question {
        Operation operation;
        std::uint32_t address = 0;
        std::uint8_t count = 0;
        Bytes data = {};
    };
    Result<void, Status> ask(const Question& question, MutableBytes answer);
    void send(const Question& question);
    Status receive(MutableBytes answer, std::uint64_t deadline_us);

    ByteLine& line_;
    const hal::Clock& clock_;
    std::uint8_t sequence_ = 0;
    bool silent_ = false;  ///< it did not answer the last question
    std::optional<Identity> identity_;
};

/// A range of the element's slots.
class SecureElementStore final : public hal::Store {
  public:
    /// `size` is a multiple of the erase block and lies inside the element; both sizes are the element's own.
    SecureElementStore(SecureElement& element, std::uint32_t address, const hal::StoreGeometry& geometry)
        : element_(element), address_(address), geometry_(geometry) {}

  private:
    hal::StoreGeometry do_geometry() const override { return geometry_; }
    Result<void, hal::StoreError> do_read(std::uint32_t offset, MutableBytes out) const override;
    Result<void, hal::StoreError> do_program(std::uint32_t offset, Bytes data) override;
    Result<void, hal::StoreError> do_erase(std::uint32_t offset, std::uint32_t size) override;

    SecureElement& element_;
    std::uint32_t address_;
    hal::StoreGeometry geometry_;
};

/// The element's random numbers, under the health tests of SP 800-90B.
class SecureElementEntropy final : public hal::Entropy {
  public:
    explicit SecureElementEntropy(SecureElement& element) : element_(element) {}

  private:
    Result<void, hal::EntropyError> do_fill(MutableBytes out) override;

    SecureElement& element_;
    EntropyHealth health_;
};

/// The factory partition, copied out of the element by `load`.
class SecureElementFactory final : public hal::FactoryPartition {
  public:
    /// `memory` keeps the copy.
    SecureElementFactory(SecureElement& element, MutableBytes memory) : element_(element), memory_(memory) {}
    /// Reads as much as `memory` takes; without an answer the partition stays empty.
    void load();

  private:
    Bytes do_bytes() const override { return memory_.first(loaded_); }

    SecureElement& element_;
    MutableBytes memory_;
    std::size_t loaded_ = 0;
};

}  // namespace wasmbed::drivers
