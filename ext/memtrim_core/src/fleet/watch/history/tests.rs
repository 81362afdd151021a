use super::*;
use tempfile::TempDir;

fn free(_: &File) -> io::Result<bool> {
    Ok(true)
}

fn record(time: u64) -> String {
    format!(
        r#"{{"time":{time},"baseline":{{"anon_bytes":1,"pss_bytes":2}},"tenants":{{}},"more":"{}"}}"#,
        "x".repeat(900)
    )
}

fn times(history: &History) -> Vec<u64> {
    history.newest().iter().map(|it| it.time).collect()
}

fn open(dir: &TempDir) -> History {
    History::open(&dir.path().join("history"), 64 << 10, free).unwrap()
}

#[test]
fn what_is_written_is_read_again() {
    let dir = TempDir::new().unwrap();
    let mut history = open(&dir);
    assert!(times(&history).is_empty());
    for time in 1..=3 {
        history.append(&record(time)).unwrap();
    }
    assert_eq!(times(&open(&dir)), [1, 2, 3]);
}

#[test]
fn it_never_grows_beyond_its_limit_and_keeps_the_newest() {
    let dir = TempDir::new().unwrap();
    let mut history = open(&dir);
    for time in 1..=1000 {
        history.append(&record(time)).unwrap();
        let length = fs::metadata(dir.path().join("history")).unwrap().len();
        assert!(length <= 64 << 10, "{length}");
    }
    let found = times(&history);
    let first = 1001 - found.len() as u64;
    assert_eq!(found, (first..=1000).collect::<Vec<_>>());
    assert!(found.len() >= 30, "{}", found.len());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_torn_line_is_passed_over() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("history");
    fs::write(&path, format!("{}\n{}", record(1), &record(2)[..50])).unwrap();
    let mut history = open(&dir);
    history.append(&record(3)).unwrap();
    fs::write(&path, [fs::read(&path).unwrap(), b"\xff\xfe\n{}\n\n".to_vec()].concat()).unwrap();
    history.append(&record(4)).unwrap();
    assert_eq!(times(&history), [1, 3, 4]);
}

#[test]
fn a_device_that_is_full_is_an_error_each_time_and_nothing_else() {
    let path = Path::new("/dev/full");
    let mut history = History::open(path, 64 << 10, free).unwrap();
    assert!(times(&history).is_empty());
    for time in 1..=3 {
        assert_eq!(history.append(&record(time)).unwrap_err().kind(), ErrorKind::StorageFull);
    }
}

#[test]
fn a_file_that_was_moved_away_is_begun_anew() {
    let dir = TempDir::new().unwrap();
    let mut history = open(&dir);
    history.append(&record(1)).unwrap();
    fs::rename(dir.path().join("history"), dir.path().join("history.1")).unwrap();
    history.append(&record(2)).unwrap();
    assert_eq!(times(&history), [2]);
}

#[test]
fn a_directory_that_goes_and_comes_back() {
    let dir = TempDir::new().unwrap();
    let sub = dir.path().join("sub");
    fs::create_dir(&sub).unwrap();
    let mut history = History::open(&sub.join("history"), 64 << 10, free).unwrap();
    fs::remove_dir_all(&sub).unwrap();
    assert_eq!(history.append(&record(1)).unwrap_err().kind(), ErrorKind::NotFound);
    fs::create_dir(&sub).unwrap();
    history.append(&record(2)).unwrap();
    assert_eq!(times(&history), [2]);
}

#[test]
fn a_symbolic_link_stays_one() {
    let dir = TempDir::new().unwrap();
    let link = dir.path().join("history");
    std::os::unix::fs::symlink(dir.path().join("real"), &link).unwrap();
    let mut history = open(&dir);
    for time in 1..=200 {
        history.append(&record(time)).unwrap();
    }
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(times(&history).last(), Some(&200));
}

#[test]
fn what_is_left_of_a_crash_beside_it_does_no_harm() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("history.new"), "left over").unwrap();
    let mut history = open(&dir);
    for time in 1..=100 {
        history.append(&record(time)).unwrap();
    }
    assert!(!dir.path().join("history.new").exists());
    assert!(!fs::read_to_string(dir.path().join("history")).unwrap().contains("left over"));
}

#[test]
fn what_can_not_be_opened_is_said_at_once() {
    let dir = TempDir::new().unwrap();
    let wrong = |path: &Path, lock: Lock| History::open(path, 1 << 20, lock).err().unwrap().0;
    assert!(wrong(&dir.path().join("no/history"), free).contains("No such file or directory"));
    assert!(wrong(dir.path(), free).contains("Is a directory"));
    let taken = wrong(&dir.path().join("history"), |_| Ok(false));
    assert!(
        taken.ends_with("history: another memtrim fleet --watch writes it; give each a file of its own"),
        "{taken}"
    );
}

#[test]
fn a_line_that_is_too_long_is_not_written() {
    let dir = TempDir::new().unwrap();
    let mut history = open(&dir);
    assert!(history
        .append(&"x".repeat(33 << 10))
        .unwrap_err()
        .to_string()
        .contains("more than half of --history-size"));
    assert_eq!(fs::metadata(dir.path().join("history")).unwrap().len(), 0);
}
