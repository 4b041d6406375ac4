// An ordinary C program against wasi-libc: arguments, environment, clock, sleep, output in pieces, exit code.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char** argv) {
    printf("args %d %s %s\n", argc, argv[0], argc > 1 ? argv[1] : "none");
    printf("color %s\n", getenv("COLOR"));
    struct timespec before, after, pause = {1, 500000000};
    clock_gettime(CLOCK_MONOTONIC, &before);
    nanosleep(&pause, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    printf("slept ");
    fflush(stdout);
    printf("%ld\n", (long)(after.tv_sec - before.tv_sec));
    fprintf(stderr, "done\n");
    return 7;
}
