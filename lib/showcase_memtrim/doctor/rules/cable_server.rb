# frozen_string_literal: true

require_relative "../rule"
require_relative "../deployment/cable_rackup"

module ShowcaseMemtrim
  class Doctor
    module Rules
      # A process for Action Cable alone that loads the whole app, or has more threads than it can use. That of `memtrim cable`
      # runs no ActionCable.server of its own accord, so it is none of these.
      class CableServer < Rule
        VARIABLE = "CABLE_SERVER"

        def findings
          return [] unless app.serves?
          rackups.flat_map { |rackup| [whole_app(rackup), *threads(rackup)] }.compact
        end

        private

        def rackups
          app.deployment.found.rackups.filter_map { |file| Deployment::CableRackup.read(app.root, file) }
        end

        def whole_app(rackup)
          setting = app.settings.last("eager_load")
          return unless rackup.environment_line
          on = setting&.value&.known? && setting.value.value == true
          return unless on || rackup.eager_load_line
          finding(
            level: "trade", file: rackup.file, line: rackup.eager_load_line || rackup.environment_line, problem: "a process that serves Action Cable alone loads the whole app",
            why: "Channels and what they use are a small part of the app; the rest is loaded, kept and never called.#{" To delete the line alone saves nothing: config.eager_load is true (#{setting.file}:#{setting.line}), and has loaded it all by then." if on && rackup.eager_load_line}",
            edit: edit(rackup, (setting if on)), stake: Stake.of_variant("eager_load off", settings: {"eager_load" => false})
          )
        end

        def edit(rackup, setting)
          lines = ["memtrim cable --write --force   # a server without the app, where its channels can do without; else:"]
          lines << "#{setting.file}:#{setting.line}: config.eager_load = !ENV.key?(\"#{VARIABLE}\")" if setting
          lines << "#{rackup.file}:#{rackup.environment_line}: ENV[\"#{VARIABLE}\"] = \"1\" above that line" if setting
          lines << "#{rackup.file}:#{rackup.eager_load_line}: delete the line" if rackup.eager_load_line
          lines.join("\n")
        end

        # The handshake is all that a thread of Puma's does: the socket then belongs to Action Cable's own event loop and worker
        # pool (ActionCable::Server::Base#worker_pool, config.action_cable.worker_pool_size).
        def threads(rackup)
          app.deployment.processes.select { |process| process.command.any? { |word| word.delete_prefix("./") == rackup.file } }.filter_map do |process|
            most = threads_of(process.command)
            next unless most && most > 2
            file, line = process.place
            finding(
              level: "trade", file: file, line: line, problem: "the process of Action Cable (#{rackup.file}) has #{most} threads of Puma's",
              why: "They answer a connection's first request only; messages are handled by Action Cable's own pool (config.action_cable.worker_pool_size). Each thread has its stack, and with glibc an arena of its own.",
              edit: "-t 1:2 in place of #{shown(process.command)}", stake: Stake.of_variant("2 threads", threads: 2)
            )
          end.uniq { |one| [one.file, one.line] }
        end

        def threads_of(command)
          Integer(option(command).to_s.split(":").last.to_s, exception: false)
        end

        def option(command)
          at = command.index { |word| word.match?(/\A(?:-t|--threads)(?:\z|=|\d)/) } or return
          %w[-t --threads].include?(command[at]) ? command[at + 1] : command[at].sub(/\A(?:-t|--threads=?)/, "")
        end

        def shown(command)
          "-t #{option(command)}"
        end
      end
    end
  end
end
