# frozen_string_literal: true

require_relative "../rule"

module ShowcaseMemtrim
  class Doctor
    module Rules
      # A Redis server beside the app that may take all memory there is.
      class RedisMaxmemory < Rule
        SERVERS = %w[redis-server valkey-server keydb-server].freeze
        LIMIT = /^\s*maxmemory\s+["']?[1-9]/i

        def findings
          return [] unless app.serves?
          found = servers.filter_map { |process| of_process(process) }
          found += (configurations - named).filter_map { |file| of_file(file) }
          found.uniq { |one| [one.file, one.line] }
        end

        private

        def servers
          deployment.processes.select { |process| SERVERS.include?(File.basename(process.command.first.to_s)) }
        end

        def of_process(process)
          words = process.command.drop(1)
          return if words.any? { |word| word.match?(/\A--maxmemory(?:=|\z)/) } || process.env.lookup("REDIS_ARGS").to_s.include?("maxmemory")
          file = words.find { |word| !word.start_with?("-") && word.end_with?(".conf") }
          own = file && deployment.image&.launch&.app_file(file) || (file && deployment.found.redises.find { |each| File.basename(each) == File.basename(file) })
          return of_file(own) if own
          return if file && !packaged?(file)
          return if words.any? { |word| word.include?("$") } || image_sets_it?
          place = process.place
          tell(*place, "redis-server runs without a limit of its memory", "--maxmemory 64mb after #{File.basename(process.command.first)} and its other arguments")
        end

        def of_file(file)
          text = deployment.found.text(file).to_s
          return if text.match?(LIMIT) || text.match?(/^\s*include\s/i) || text.strip.empty?
          line = text.each_line.find_index { |each| each.match?(/^\s*#?\s*maxmemory\s/i) }
          tell(file, line && line + 1, "Redis runs without a limit of its memory: nothing sets maxmemory", "maxmemory 64mb")
        end

        # Debian's own file has no limit.
        def packaged?(file)
          file.start_with?("/etc/") && deployment.image&.installs?(/\A(?:redis|valkey)/)
        end

        def image_sets_it?
          deployment.image&.stage&.all_instructions&.any? { |one| one.text.include?("maxmemory") || one.heredocs.any? { |text, _| text.include?("maxmemory") } }
        end

        def tell(file, line, problem, edit)
          finding(
            level: "trade", file: file, line: line, problem: problem,
            why: "Redis keeps what it is given until the machine has no memory left, and then the kernel ends the largest process. The limit takes nothing from it now. At the limit it refuses writes or, with maxmemory-policy allkeys-lru, drops what was not used for longest: right for a cache or Action Cable, wrong for jobs.",
            edit: "#{edit} # the size is yours to choose", stake: Stake.unknown("a limit takes nothing away from what Redis holds now")
          )
        end

        # Files that a process names.
        def named
          servers.flat_map { |process| process.command.drop(1) }.filter_map { |word| deployment.found.redises.find { |file| File.basename(file) == File.basename(word) } }
        end

        def configurations
          deployment.found.redises
        end

        def deployment
          app.deployment
        end
      end
    end
  end
end
