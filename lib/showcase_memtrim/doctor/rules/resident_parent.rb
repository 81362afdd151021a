# frozen_string_literal: true

require_relative "../rule"
require_relative "../deployment/resident_script"

module ShowcaseMemtrim
  class Doctor
    module Rules
      # A Ruby process that starts the server and stays only to wait for its end.
      class ResidentParent < Rule
        WHY = "A Ruby process stays in memory beside the server for as long as that runs, with all that it has required, and does nothing. `exec` puts the server in its place: the same process id, the signals reach the server themselves."
        # Programs to develop with.
        DEVELOPMENT = /\A(?:dev|setup|ci|update|console|test|spec|bench|watch|guard)\b|(?:\A|[_-])dev(?:\z|[_.-])/

        # @return [Array<Deployment::ResidentScript>] Ruby programs in bin/ and script/ that don't end
        def self.scripts(app)
          app.deployment.found.scripts.reject { |file| File.basename(file).match?(DEVELOPMENT) }.filter_map { |file| Deployment::ResidentScript.read(app.root, file) }
        end

        # @param script [Deployment::ResidentScript]
        # @return [Boolean] whether it stays for a server of which it has nothing to do
        def self.waits?(script)
          script.only_waits?
        end

        def findings
          return [] unless app.serves?
          scripts = ResidentParent.scripts(app) + app.deployment.found.rakefiles.flat_map { |file| Deployment::ResidentScript.tasks(app.root, file) }
          scripts.select { |script| ResidentParent.waits?(script) }.map { |script| of_script(script) } + foreman
        end

        private

        def of_script(script)
          stay = script.stay
          later = script.afterwards
          finding(
            level: later ? "trade" : "fault", file: script.file, line: stay.started, problem: "this program starts #{stay.title} and stays until that ends", why: WHY,
            edit: later ? "exec in place of #{call(stay)}; what line #{later} does then has to be done by what runs this program" : "exec in place of #{call(stay)}#{", and no Process.wait" if stay.kind == :wait}",
            stake: Stake.of_program(script.requires.map(&:name), nil)
          )
        end

        def call(stay)
          (stay.kind == :system) ? stay.node.name.to_s : "spawn"
        end

        # Foreman is a Ruby program, that of the image's system or of the bundle.
        def foreman
          image = app.deployment.image or return []
          image.start.filter_map do |step|
            manager = Deployment::Server.manager(step.argv)
            next unless manager&.first == "foreman"
            count = app.deployment.processes.map { |process| [process.name, process.file] }.uniq.count { |_, file| File.basename(file).start_with?("Procfile") }
            finding(
              level: (count == 1) ? "fault" : "trade", file: step.file, line: step.line, problem: "foreman, a Ruby process, stays in memory to wait for #{(count == 1) ? "one process" : "its processes"}", why: WHY,
              edit: (count == 1) ? "the Procfile's command in place of foreman's" : "a container for each process, or a manager that is no Ruby program (overmind, hivemind)",
              stake: app.lock.key?("foreman") ? Stake.of_program(["foreman/cli"], nil) : Stake.unknown("foreman is not in the bundle, so that it can't be started here")
            )
          end
        end
      end
    end
  end
end
