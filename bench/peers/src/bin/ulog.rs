fn main() {
    let path = std::env::args().nth(1).expect("LOG");
    let log = px4_ulog::full_parser::read_file(&path).expect("read");
    println!("{}", log.messages.len());
}
