//! How this thread rounds, and what it does with numbers close to zero.
//!
//! A host may have set another way than Rust code assumes: rounding up, tiny numbers flushed to zero, a
//! signal at a division by zero. Results would depend on it. So each call sets the host's mode aside and
//! gives it back; threads that are started meanwhile begin with the mode of the one that starts them.

/// The mode of this thread, which returns when this is dropped.
#[derive(Debug)]
pub struct FloatMode(Mode);

impl FloatMode {
    /// Keeps the mode as it is now, whatever is called until this is dropped: code of others may leave
    /// another.
    #[must_use]
    pub fn keep() -> Self {
        Self(read())
    }

    /// Sets the mode aside for the one that Rust code assumes: to the nearest, with tiny numbers, without
    /// signals.
    #[must_use]
    pub fn set_aside() -> Self {
        let kept = Self::keep();
        if kept.0 != PLAIN {
            write(PLAIN);
        }
        kept
    }
}

impl Drop for FloatMode {
    fn drop(&mut self) {
        if read() != self.0 {
            write(self.0);
        }
    }
}

// Miri reads no assembly.
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod register {
    use std::arch::asm;

    /// The register MXCSR: flags of what has happened, and control.
    pub(super) type Mode = u32;
    /// All exceptions masked, rounding to nearest, nothing flushed to zero.
    pub(super) const PLAIN: Mode = 0x1F80;

    pub(super) fn read() -> Mode {
        let mut mode: Mode = 0;
        // SAFETY: writes the register to four bytes of this function.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut mode, options(nostack, preserves_flags)) };
        mode
    }

    pub(super) fn write(mode: Mode) {
        // SAFETY: the value was read from the register, or is the one that every thread begins with.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const mode, options(nostack, preserves_flags)) };
    }
}

#[cfg(all(target_arch = "aarch64", not(miri)))]
mod register {
    use std::arch::asm;

    /// The register FPCR.
    pub(super) type Mode = u64;
    /// All exceptions masked, rounding to nearest, nothing flushed to zero.
    pub(super) const PLAIN: Mode = 0;

    pub(super) fn read() -> Mode {
        let mode: Mode;
        // SAFETY: reads a register that every program may read.
        unsafe { asm!("mrs {}, fpcr", out(reg) mode, options(nomem, nostack, preserves_flags)) };
        mode
    }

    pub(super) fn write(mode: Mode) {
        // SAFETY: the value was read from the register, or is the one that every thread begins with.
        unsafe { asm!("msr fpcr, {}", in(reg) mode, options(nostack, preserves_flags)) };
    }
}

#[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod register {
    /// Other processors: whatever mode the host has stays.
    pub(super) type Mode = ();
    pub(super) const PLAIN: Mode = ();

    pub(super) fn read() -> Mode {}

    pub(super) fn write(_: Mode) {}
}

use register::{Mode, PLAIN, read, write};

#[cfg(all(test, target_arch = "x86_64", not(miri)))]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn what_a_host_has_set_is_set_aside_and_given_back() {
        let third = || black_box(1.0f32) / black_box(3.0);
        let tiny = || black_box(1e-30f32) * black_box(1e-10);
        let (nearest, small) = (third(), tiny());
        let before = read();
        // Up, and flushed to zero.
        write(0x1F80 | 0x4000 | 0x8040);
        let found = [third(), tiny()];
        let inside = {
            let _mode = FloatMode::set_aside();
            let thread = std::thread::spawn(move || [third(), tiny()]).join().unwrap();
            assert_eq!(thread, [nearest, small]);
            [third(), tiny()]
        };
        let given_back = read() & 0xFFC0;
        {
            let _mode = FloatMode::keep();
            write(PLAIN);
        }
        let kept = read() & 0xFFC0;
        write(before);
        assert_ne!(found, [nearest, small]);
        assert_eq!(inside, [nearest, small]);
        assert_eq!([given_back, kept], [0x1F80 | 0x4000 | 0x8040; 2]);
    }
}
