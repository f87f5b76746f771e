//! Reads a blackbox log with the crate blackbox-log. "dump FILE" prints its frames, raw; "time FILE N" reads it N times,
//! looking at every value, and prints the seconds of the fastest time.
use blackbox_log::data::ParserEvent;
use blackbox_log::frame::Frame as _;
use std::io::Write;

fn dump(file: &blackbox_log::File) {
    let out = std::io::stdout();
    let mut out = std::io::BufWriter::new(out.lock());
    for headers in file.iter() {
        let Ok(headers) = headers else {
            writeln!(out, "refused").unwrap();
            continue;
        };
        writeln!(out, "session").unwrap();
        let mut parser = headers.data_parser();
        while let Some(event) = parser.next() {
            let (letter, time, values): (char, u64, Vec<u32>) = match event {
                ParserEvent::Main(f) => ('M', f.time_raw(), (0..f.len()).map(|i| f.get_raw(i).unwrap()).collect()),
                ParserEvent::Slow(f) => ('S', 0, (0..f.len()).map(|i| f.get_raw(i).unwrap()).collect()),
                ParserEvent::Gps(f) => ('G', f.time_raw(), (0..f.len()).map(|i| f.get_raw(i).unwrap()).collect()),
                ParserEvent::Event(_) => ('E', 0, Vec::new()),
            };
            write!(out, "{letter} {time}").unwrap();
            for value in values {
                write!(out, " {}", value as i32).unwrap();
            }
            writeln!(out).unwrap();
        }
    }
}

fn read(file: &blackbox_log::File) {
    for headers in file.iter().flatten() {
        let mut parser = headers.data_parser();
        while let Some(event) = parser.next() {
            match event {
                ParserEvent::Main(f) => (0..f.len()).for_each(|i| {
                    std::hint::black_box(f.get_raw(i));
                }),
                ParserEvent::Slow(f) => (0..f.len()).for_each(|i| {
                    std::hint::black_box(f.get_raw(i));
                }),
                ParserEvent::Gps(f) => (0..f.len()).for_each(|i| {
                    std::hint::black_box(f.get_raw(i));
                }),
                ParserEvent::Event(event) => {
                    std::hint::black_box(event);
                }
            }
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let bytes = std::fs::read(&arguments[2]).unwrap();
    let file = blackbox_log::File::new(&bytes);
    if arguments[1] == "dump" {
        return dump(&file);
    }
    let best = (0..arguments[3].parse::<u32>().unwrap())
        .map(|_| {
            let start = std::time::Instant::now();
            read(&file);
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    println!("{best}");
}
