//! Where the threads of this process have their stacks.

/// The stack pointers of this process's waiting threads (proc(5), `/proc/PID/task/TID/syscall`: the last
/// field but one). A running thread's is not told; empty where the kernel keeps them to itself.
pub fn stack_pointers() -> Vec<usize> {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return Vec::new() };
    threads
        .filter_map(|thread| {
            let text = std::fs::read_to_string(thread.ok()?.path().join("syscall")).ok()?;
            let pointer = text.split_whitespace().rev().nth(1)?.strip_prefix("0x")?;
            usize::from_str_radix(pointer, 16).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn finds_a_waiting_threads_stack() {
        let (send, receive) = std::sync::mpsc::channel();
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            let here = 0_u8;
            send.send((&raw const here) as usize).unwrap();
            let _ = stopped.recv();
        });
        let inside: usize = receive.recv().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(50));
        let near = super::stack_pointers().iter().any(|pointer| pointer.abs_diff(inside) < 1 << 16);
        stop.send(()).unwrap();
        thread.join().unwrap();
        assert!(near);
    }
}
