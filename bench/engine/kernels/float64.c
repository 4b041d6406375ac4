// Double precision: the Mandelbrot set, soft float on Cortex-M3.
unsigned run(unsigned seed) {
    unsigned inside = 0;
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++) {
            double cr = x * 0.375 - 2.0, ci = y * 0.25 - 1.0 + (seed & 1) * 1e-6, zr = 0, zi = 0;
            int i = 0;
            for (; i < 20 && zr * zr + zi * zi < 4.0; i++) {
                double t = zr * zr - zi * zi + cr;
                zi = 2 * zr * zi + ci;
                zr = t;
            }
            inside += (unsigned)i;
        }
    return inside;
}
