#include <atomic>
#include <thread>

#include "tests/resume/interrupter.hpp"

namespace wasmbed::resume {

const std::size_t kPlacesMax = static_cast<std::size_t>(-1);
const std::size_t kMovesMax = static_cast<std::size_t>(-1);

struct Interrupter::Worker {
    std::atomic<bool> stop{false};
    std::thread thread;
};

Interrupter::Interrupter(wasm::Interruptible& run) : worker_(new Worker) {
    worker_->thread = std::thread([&run, worker = worker_] {
        while (!worker->stop) {
            run.interrupt();
            std::this_thread::yield();
        }
    });
}

Interrupter::~Interrupter() {
    worker_->stop = true;
    worker_->thread.join();
    delete worker_;
}

}  // namespace wasmbed::resume
