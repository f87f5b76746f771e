/* main: hands over to the commands. */
int main(void) { return 0; }
