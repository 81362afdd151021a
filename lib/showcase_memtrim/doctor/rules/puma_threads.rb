# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    module Rules
      # More threads than Rails gives to new apps, and a number of threads that something else overrules.
      class PumaThreads < Rule
        # config/puma.rb as Rails 7.2 and newer write it; it was 5 before.
        RAILS = 3
        VARIABLE = "RAILS_MAX_THREADS"
        EDIT = "threads_count = ENV.fetch(\"#{VARIABLE}\", #{RAILS})\nthreads threads_count, threads_count"

        def findings
          return [] unless app.puma && app.serves?
          faults = [ignored, overruled].compact
          faults.any? ? faults : [many].compact
        end

        private

        def threads
          app.puma.threads
        end

        # The variable is given, and the file says something else.
        def ignored
          wanted = Integer(app.variable(VARIABLE).to_s, exception: false)
          return if wanted.nil? || threads.by == :command || !threads.known? || threads.value.variables.key?(VARIABLE) || threads.number == wanted
          finding(
            file: threads.file || app.puma.file, line: threads.line,
            problem: "#{VARIABLE}=#{wanted} (#{place(app.place_of(VARIABLE))}) has no effect: #{says}",
            why: "The process serves with #{threads.number} threads, and not with #{wanted}; each keeps a stack, allocator caches and a database connection.",
            edit: "#{app.puma.file || "config/puma.rb"}: #{EDIT}", stake: stake(wanted)
          )
        end

        # The command's -t counts, whatever the file says.
        def overruled
          file = app.puma.threads_of_file
          return if threads.by != :command || !threads.known? || !file&.known? || file.number.nil? || file.number == threads.number
          finding(
            file: threads.file, line: threads.line, problem: "-t gives Puma #{threads.number} threads, and #{file.place} says #{file.number}: the command wins",
            why: "Whoever changes #{app.puma.file} changes nothing; each thread keeps a stack, allocator caches and a database connection.",
            edit: "#{threads.place}: take -t out of the command, and let #{file.place} decide", stake: stake([file.number, threads.number].min)
          )
        end

        def many
          return unless threads.known? && threads.number && threads.number > RAILS
          file, line = (app.place_of(given) if given) || [threads.file, threads.line]
          finding(
            level: "trade", file: file, line: line, problem: "a process serves with #{threads.number} threads; Rails gives new apps #{RAILS} since 7.2#{because}",
            why: "Ruby runs one of them at a time: more help only while requests wait for something else. Each keeps a stack, allocator caches, a database connection, and what its largest request made.",
            edit: edit, stake: stake(RAILS)
          )
        end

        def edit
          return "#{place(app.place_of(given))}: #{given}=#{RAILS}" if given
          return "#{threads.place}: -t #{RAILS}:#{RAILS}" if threads.by == :command
          "#{app.puma.file || "config/puma.rb"}: #{EDIT}"
        end

        # The variable that says how many.
        def given
          threads.value.variables.keys.find { |variable| !app.variable(variable).nil? && app.place_of(variable) }
        end

        def because
          return " (#{app.puma.file ? "#{app.puma.file} has no `threads`" : "there is no config/puma.rb"}, so Puma's own default counts)" if threads.by == :default
          unset = threads.value.variables.select { |_, value| value.nil? }.keys
          unset.any? ? " (#{unset.join(" and ")} not set)" : ""
        end

        def says
          return "#{app.puma.file || "there is no config/puma.rb, and Puma"} does not read it" if threads.by == :default
          "#{threads.place} says #{threads.number}"
        end

        def stake(number)
          Stake.of_variant("#{number} #{(number == 1) ? "thread" : "threads"}", threads: number)
        end
      end
    end
  end
end
