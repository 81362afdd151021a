# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    module Rules
      # Fewer connections than threads that want one.
      class DatabasePool < Rule
        # Of the gems that use a database of that name in processes of their own.
        ELSEWHERE = %w[queue cable].freeze

        def findings
          return [] unless app.puma && app.serves?
          threads = app.puma.threads
          return [] unless threads.known? && threads.number
          small = app.databases.select { |database| !ELSEWHERE.include?(database.name) && database.pool.known? && database.pool.value.between?(1, threads.number - 1) }
          small.group_by(&:line).map { |line, databases| too_small(line, databases, threads) }
        end

        private

        def too_small(line, databases, threads)
          first = databases.first
          finding(
            file: Databases::FILE, line: line,
            problem: "#{databases.map(&:name).join(" and ")} #{(databases.size == 1) ? "has" : "have"} #{first.pool.value} connections#{" (Rails' default)" unless first.key} for #{threads.number} threads#{" (#{threads.place})" if threads.place}",
            why: "A thread that gets no connection waits for five seconds and then fails (ActiveRecord::ConnectionTimeoutError): the threads beyond the pool hold memory and serve nothing that asks the database.",
            edit: "#{enough(line, first, threads.number)}   # or #{first.pool.value} threads in #{threads.place || app.puma.file || "config/puma.rb"}",
            stake: Stake.of_variant("#{first.pool.value} threads", threads: first.pool.value)
          )
        end

        # A variable that is set decides, wherever the file asks for it.
        def enough(line, database, number)
          name = database.pool.variables.keys.find { |variable| app.place_of(variable) }
          return "#{place(app.place_of(name))}: #{name}=#{number}" if name
          value = app.variable("RAILS_MAX_THREADS") ? number : "<%= ENV.fetch(\"RAILS_MAX_THREADS\", #{number}) %>"
          "#{Databases::FILE}:#{line}: #{key(database)}: #{value}"
        end

        # `pool` goes by a new name in Rails 8.1.
        def key(database)
          database.key || ((app.rails_version && app.rails_version >= Gem::Version.new("8.1")) ? "max_connections" : "pool")
        end
      end
    end
  end
end
