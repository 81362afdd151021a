# frozen_string_literal: true

require "rbconfig"
require_relative "../rule"
require_relative "../../main_stack"

module ShowcaseMemtrim
  class Doctor
    module Rules
      # A Ruby that touches all of the main thread's stack when it starts, where nothing limits that.
      class MainStack < Rule
        # Docker's own images of Ruby have it here.
        OFFICIAL, THERE = %r{(?:\A|/)ruby(?=[:@]|\z)}, "/usr/local/bin/"
        LIMIT = ShowcaseMemtrim::MainStack::LIMIT
        SHELL = "ulimit -s #{LIMIT / 1024}"

        def findings
          return [] unless app.serves? && this_ruby? && !deployment.limits_stack?
          touched = app.touched_stack
          (touched && touched > ShowcaseMemtrim::MainStack::MUCH) ? [of(touched)] : []
        end

        private

        def of(touched)
          file, line = deployment.web&.place
          finding(
            level: "trade", file: file, line: line, problem: "Ruby touches #{format("%.1f", touched.fdiv(1 << 20))} MiB of the main thread's stack when it starts: measured in a bare #{RbConfig.ruby} on this machine",
            why: "It reserves that stack up to its limit (ulimit -s), and as it is compiled it writes to each page on the way. Each Ruby process has its own, but for workers that a server forks. " \
              "What speaks for it is deep recursion: Ruby gives its other threads 1 MiB, Puma's too, and the main thread, which boots the app, gets as deep as they do with 1 MiB, and about three times as deep with 8. " \
              "Programs that the process starts have the lower limit too, and so have threads of C libraries that ask for no size of their own.",
            edit: edit(file), stake: Stake.of_variant("stack of #{LIMIT >> 20} MiB", stack: LIMIT)
          )
        end

        # What was measured is this machine's: an image may have another.
        def this_ruby?
          return false unless app.ruby_version.segments.first(2) == Gem::Version.new(RUBY_VERSION).segments.first(2)
          stage = deployment.image&.stage or return true
          stage.musl? == RUBY_PLATFORM.include?("musl") && (!stage.root_image.to_s.match?(OFFICIAL) || RbConfig.ruby.start_with?(THERE))
        end

        def edit(file)
          return "#{SHELL}   # in the shell that starts it, before exec; with systemd LimitSTACK=#{LIMIT >> 20}M in [Service]" unless file
          sources = deployment.sources
          return "#{file}: LimitSTACK=#{LIMIT >> 20}M   # in [Service]" if sources.units.any? { |unit| unit.file == file }
          return "#{file}: ulimits: {stack: #{LIMIT}}   # of that service" if sources.composes.any? { |compose| compose.file == file }
          return "#{file}: web: sh -c '#{SHELL}; exec …'" if sources.procfiles.any? { |procfile| procfile.file == file }
          return "#{SHELL}   # in the script of the image's ENTRYPOINT, before exec; or docker run --ulimit stack=#{LIMIT}" if file == deployment.image&.file
          "#{file}: #{SHELL}   # before exec"
        end
      end
    end
  end
end
