# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # Whether anything that runs the app limits the stack. Whoever does has weighed it, so any line counts, of whichever
      # process, low or high.
      class StackLimit
        LINES = Regexp.union(
          /\bulimit\b[^;&|]*\s-[A-Za-z]*s/, # of a shell: ulimit -s 1024, ulimit -S -s 1024
          /\bprlimit\b.*\s(?:--stack|-s)\b/,
          /\A\s*LimitSTACK\s*=/, # systemd.exec(5)
          /--ulimit[=\s]["']?stack=/, # docker run
          /rlimit_stack|setrlimit.*stack/i # Ruby: Process.spawn, Process.setrlimit
        )
        # Kamal: options of `docker run`, in one line or a list.
        KAMAL = /\bulimit:[^\n]*(?:\n\s*-[^\n]*)*?\bstack=/

        # @param deployment [Deployment]
        def initialize(deployment)
          @deployment = deployment
        end

        # @return [Boolean]
        def any?
          @deployment.sources.composes.any?(&:stack_limit?) || texts.any? { |text| text.match?(KAMAL) || text.lines.any?(LINES) }
        end

        private

        # Without comments.
        def texts
          started = @deployment.processes.filter_map { |process| process.place.first }
          (@deployment.files + started + @deployment.found.scripts).uniq.filter_map { |file| @deployment.found.text(file)&.gsub(/^\s*#.*|\s#.*/, "") }
        end
      end
    end
  end
end
