# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    module Rules
      # A cluster of one: a process that serves, and a second one that only watches it.
      class PumaWorkers < Rule
        def findings
          workers = app.puma&.workers
          return [] unless workers&.number == 1 && app.serves?
          [finding(
            level: "trade", file: workers.file, line: workers.line, problem: "Puma runs one worker: a process that serves, and a parent that only watches over it",
            why: "The parent is a Ruby process of its own, which shares only part of its memory; without workers one process serves with the same threads. It restarts a worker that dies: so does whatever runs the container.",
            edit: edit(workers), stake: Stake.unknown("a trial serves from one process; `memtrim compare` measures both as a whole")
          )]
        end

        private

        def edit(workers)
          name = workers.value.variables.keys.find { |variable| app.place_of(variable) }
          return "#{place(app.place_of(name))}: #{name}=0" if name
          return "#{workers.place}: take -w 1 out of the command" if workers.by == :command
          "#{workers.place}: workers ENV.fetch(\"WEB_CONCURRENCY\", 0)"
        end
      end
    end
  end
end
