// Never ends and never sleeps.
int main(void) {
    for (volatile unsigned count = 0;; ++count) {
    }
}
