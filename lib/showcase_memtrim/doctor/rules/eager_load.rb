# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    module Rules
      # All of the app loaded where nobody shares it, or nothing of it where workers would.
      class EagerLoad < Rule
        # Puma's plugins that fork from a process that has booted the app: these share what it has loaded.
        FORKING = %w[solid_queue].freeze

        def findings
          setting = app.settings.last("eager_load")
          return [] unless setting&.value&.known? && app.puma && app.serves?
          workers = app.puma.workers
          return [] unless workers.number
          return [alone(setting)].compact if setting.value.value && workers.number.zero? && (app.puma.plugins & FORKING).empty?
          (setting.value.value == false && workers.number > 1 && app.puma.preload?) ? [nothing_shared(setting, workers)] : []
        end

        private

        def alone(setting)
          finding(
            level: "trade", file: setting.file, line: setting.line, problem: "all of the app and of Rails is loaded at the boot, in a process that forks no workers to share it with",
            why: "What none of this process' requests needs is held all the same. Without it the first request to each page is slower, and a file that does not load is noticed only when it is needed.",
            edit: "#{setting.file}:#{setting.line}: config.eager_load = false",
            stake: Stake.of_variant("eager_load off", settings: {"eager_load" => false})
          )
        end

        def nothing_shared(setting, workers)
          preload = app.puma.preload&.place || "Puma's default for workers"
          finding(
            file: setting.file, line: setting.line, problem: "#{workers.number} workers are forked from a preloaded app (#{preload}) in which almost nothing is loaded: config.eager_load is false",
            why: "Each worker loads the app's code for itself, after the fork, so that code is in memory #{workers.number} times and shared by nobody.",
            edit: "#{setting.file}:#{setting.line}: config.eager_load = true",
            stake: Stake.unknown("a trial is one process, and this is what several share; `memtrim compare` measures a cluster as a whole")
          )
        end
      end
    end
  end
end
