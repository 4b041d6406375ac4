#include "device/drivers/mapped_store.hpp"

#include <gtest/gtest.h>

#include "device/hal/contract/store_contract.hpp"

namespace wasmbed::hal {
namespace {

class MappedHarness {
  public:
    Store& store() { return store_; }

  private:
    alignas(8) std::uint8_t memory_[4 * 512] = {};
    drivers::MappedStore store_{memory_, {.size = sizeof(memory_), .erase_block = 512, .program_unit = 8}};
};

INSTANTIATE_TYPED_TEST_SUITE_P(MappedStore, StoreContract, MappedHarness);

}  // namespace
}  // namespace wasmbed::hal
