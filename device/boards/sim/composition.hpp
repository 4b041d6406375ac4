// Which parts the simulated board has.
#pragma once

#include "device/boards/sim/sim_board.hpp"

namespace wasmbed::sim {

/// Neither copied nor moved: the parts know each other.
struct Parts {
    /// `file` is open; `arguments` start the program again.
    Parts(const StoreFile& file, const std::string& store_path, std::string surroundings_path, char** arguments)
        : surroundings(std::move(surroundings_path)),
          reset(arguments),
          info(store_path),
          factory({file.bytes(), StoreFile::kFactoryBytes}),
          seed(file.bytes() + StoreFile::kSeedOffset, geometry(StoreFile::kSeedBytes)),
          store(file.bytes() + StoreFile::kStoreOffset, geometry(StoreFile::kStoreBytes)) {}
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    static constexpr hal::StoreGeometry geometry(std::uint32_t size) {
        return {size, StoreFile::kEraseBlock, StoreFile::kProgramUnit};
    }

    SimClock clock;
    SimConsole console;
    PosixStream stream;
    Surroundings surroundings;
    SimIdle idle{clock, stream, console, surroundings};
    SimReset reset;
    SimEntropy entropy;
    SimLeds leds;
    SimGpio gpio;
    SimSensor temperature{surroundings};
    hal::Sensor* sensors[1]{&temperature};
    SimInfo info;
    drivers::MappedFactoryPartition factory;
    drivers::MappedStore seed;
    drivers::MappedStore store;
    hal::Board board{.console = console,
                     .clock = clock,
                     .idle = idle,
                     .reset = reset,
                     .info = info,
                     .factory = factory,
                     .store = store,
                     .seed_store = &seed,
                     .entropy = &entropy,
                     .network = nullptr,
                     .link_stream = &stream,
                     .leds = &leds,
                     .watchdog = nullptr,
                     .sensors = sensors,
                     .gpio = &gpio};
};

}  // namespace wasmbed::sim
