use ardupilot_binlog::File;

fn main() {
    let path = std::env::args().nth(1).expect("LOG");
    let mut rows = 0u64;
    for entry in &mut File::open(path).expect("open").entries().expect("entries") {
        match entry {
            Ok(_) => rows += 1,
            Err(_) => break,
        }
    }
    println!("{rows}");
}
