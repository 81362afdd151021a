# frozen_string_literal: true

# What a build from source needs besides Ruby, or one line that says what is missing and which command mends it.
# Both extconf.rb files ask it before they start, and so does bin/setup (`ruby ext/toolchain.rb`).
module Toolchain
  RUST = File.read(File.join(__dir__, "../Cargo.toml"))[/^rust-version = "(.+?)"/, 1]
  INSTALL_RUST = "curl --proto =https -sSf https://sh.rustup.rs | sh -s -- -y"

  class << self
    def check!
      problem = rust_problem || libclang_problem
      abort "showcase_memtrim: #{problem}" if problem
    end

    private

    def rust_problem
      cargo = ENV.fetch("CARGO", "cargo")
      version = IO.popen([cargo, "--version"], err: File::NULL, &:read)[/\d+\.\d+(\.\d+)?/]
      return "#{cargo} does not run; mend it with: rustup default stable" unless version
      return if Gem::Version.new(version) >= Gem::Version.new(RUST)

      "Rust #{version} is too old, #{RUST} or newer is needed; mend it with: #{rustup? ? "rustup update stable" : INSTALL_RUST}"
    rescue Errno::ENOENT
      "Rust #{RUST} or newer is needed and cargo was not found; mend it with: #{INSTALL_RUST}"
    end

    def rustup?
      ENV["PATH"].to_s.split(File::PATH_SEPARATOR).any? { |dir| File.executable?(File.join(dir, "rustup")) }
    end

    # rb-sys reads Ruby's headers through libclang. The places are those where clang-sys looks.
    def libclang_problem
      return if libclang_directories.any? { |dir| libclang_in?(dir) }

      "libclang is needed to read Ruby's headers and was not found; mend it with: #{install_libclang}"
    end

    def libclang_directories
      given = ENV["LIBCLANG_PATH"]
      [
        (given if given), (File.dirname(given) if given), llvm_config("--libdir"), bundled_libclang,
        *Dir["/usr/lib/llvm*/lib"], *Dir["/usr/lib/llvm/*/lib*"], "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib64",
        *Dir["/usr/lib/*-linux-*"], *Dir["/usr/local/llvm*/lib*"], "/opt/homebrew/opt/llvm/lib", "/usr/local/opt/llvm/lib",
        "/Library/Developer/CommandLineTools/usr/lib",
        *Dir["/Applications/Xcode*.app/Contents/Developer/Toolchains/*/usr/lib"]
      ].compact
    end

    def libclang_in?(dir)
      Dir[File.join(dir, "libclang{.,-}*{so,dylib}*")].any? { |file| !File.basename(file).start_with?("libclang-cpp") }
    end

    def bundled_libclang
      require "libclang"
      Libclang.libdir
    rescue LoadError
      nil
    end

    def llvm_config(option)
      IO.popen([ENV.fetch("LLVM_CONFIG_PATH", "llvm-config"), option], err: File::NULL, &:read).strip
    rescue Errno::ENOENT
      nil
    end

    def install_libclang
      case RbConfig::CONFIG["host_os"]
      when /darwin/ then "xcode-select --install"
      when /musl/ then "apk add clang-dev"
      else File.exist?("/etc/debian_version") ? "apt-get install libclang-dev" : "dnf install clang-devel"
      end
    end
  end
end

Toolchain.check! if $PROGRAM_NAME == __FILE__
