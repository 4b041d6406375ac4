// Bytes and a switch: counts words and numbers in text with a state machine, as CoreMark does.
static const char text[] =
    "5012,1234,-874,+122,35.54400,.1234500,-110.700,+0.64400,5.500e+3,-.123e-2,-87e+832,+0.6e-12,T0.3e-1F,-T.T++Tq,1T3."
    "4e4z,34.0e-T^ ";
unsigned run(unsigned seed) {
    unsigned counts[6] = {0}, state = 0;
    for (int round = 0; round < 20; round++)
        for (unsigned i = 0; i < sizeof text - 1; i++) {
            char c = (char)(text[i] ^ (round == (int)(seed & 31)));
            switch (state) {
                case 0:
                    state = c >= '0' && c <= '9' ? 1 : c == '+' || c == '-' ? 2 : c == '.' ? 3 : 5;
                    break;
                case 1:
                    state = c == '.' ? 3 : c >= '0' && c <= '9' ? 1 : c == ',' ? 0 : 5;
                    break;
                case 2:
                    state = c >= '0' && c <= '9' ? 1 : c == '.' ? 3 : 5;
                    break;
                case 3:
                    state = c == 'e' || c == 'E' ? 4 : c >= '0' && c <= '9' ? 3 : c == ',' ? 0 : 5;
                    break;
                case 4:
                    state = c == '+' || c == '-' ? 2 : 5;
                    break;
                default:
                    state = c == ',' ? 0 : 5;
            }
            counts[state]++;
        }
    unsigned hash = 0;
    for (int i = 0; i < 6; i++) hash = hash * 131 + counts[i];
    return hash;
}
