use mavlink::dialects::ardupilotmega::MavMessage;
use mavlink::error::MessageReadError;
use mavlink::MavlinkReader;
use std::io::BufReader;

fn main() {
    let path = std::env::args().nth(1).expect("LOG");
    let file = std::fs::File::open(path).expect("open");
    let mut reader = MavlinkReader::new(BufReader::with_capacity(1 << 18, file));
    let mut rows = 0u64;
    loop {
        match reader.read_any_message::<MavMessage>() {
            Ok(_) => rows += 1,
            Err(MessageReadError::Io(_)) => break,
            Err(_) => {}
        }
    }
    println!("{rows}");
}
