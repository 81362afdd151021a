# frozen_string_literal: true

require_relative "procfile"
require_relative "image"
require_relative "process"
require_relative "compose"
require_relative "kamal"
require_relative "fly"
require_relative "unit"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # What each kind of file says of the processes.
      class Sources
        # Programs that are an image's own command.
        PROGRAMS = {%r{(?:\A|/)(?:redis|redis-stack-server)(?=[:@]|\z)} => "redis-server", %r{(?:\A|/)valkey(?=[:@]|\z)} => "valkey-server"}.freeze

        # @param root [String]
        # @param files [Files]
        def initialize(root, files)
          @root = root
          @files = files
        end

        # @return [Array<String>] all that say something
        def files
          @names ||= (dockerfiles.map(&:file) + (kamal&.files || []) + flies.map(&:file) + composes.map(&:file) + procfiles.map(&:file) + units.map(&:file)).uniq
        end

        # @return [Array<Process>]
        def processes
          kamal_processes + fly_processes + compose_processes + image_processes + procfile_processes + unit_processes
        end

        # The image of the app: that which Kamal or Fly builds; of several Dockerfiles the first that starts a web server.
        #
        # @return [Image, nil]
        def image
          return @image if defined?(@image)
          images = dockerfiles.map { |dockerfile| image_of(dockerfile.file) }
          named = [kamal&.dockerfile, *flies.map(&:dockerfile)].compact.first
          @image = (named && image_of(named.delete_prefix("./"))) || images.find { |one| started(one).any?(&:web?) } || images.first
        end

        # @return [Array<Dockerfile>]
        def dockerfiles
          @dockerfiles ||= read(@files.dockerfiles) { |text, file| Dockerfile.new(text, file) }.select(&:app?)
        end

        # @return [Array<Procfile>]
        def procfiles
          @procfiles ||= read(@files.procfiles) { |text, file| Procfile.new(text, file) }.reject { |procfile| procfile.lines.empty? }
        end

        # @return [Array<Compose>] those that are no development's
        def composes
          @composes ||= read(@files.composes) { |text, file| Compose.new(text, file, @root) }.reject { |compose| compose.services.empty? || compose.development? }
        end

        # Its other destinations (config/deploy.backup.yml) are others' servers.
        #
        # @return [Kamal, nil]
        def kamal
          return @kamal if defined?(@kamal)
          texts = @files.kamals.select { |file| file == "config/deploy.yml" || @files.own?(file) }.filter_map { |file| (text = @files.text(file)) && [file, text] }.sort_by { |file, _| file.size }
          found = Kamal.new(texts)
          @kamal = (found if found.any?)
        end

        # @return [Array<Fly>]
        def flies
          @flies ||= read(@files.flies) { |text, file| Fly.new(text, file) }
        end

        # @return [Array<Unit>] those that start something
        def units
          @units ||= read(@files.units) { |text, file| Unit.new(text, file) }.select(&:command)
        end

        private

        def read(files)
          files.filter_map { |file| (text = @files.text(file)) && yield(text, file) }
        end

        def image_of(file, target = nil)
          (@images ||= {})[[file, target]] ||= begin
            text = @files.text(file)
            dockerfile = dockerfiles.find { |one| one.file == file } || (text && Dockerfile.new(text, file))
            Image.new(@root, dockerfile, target: target) if dockerfile&.app?
          end
        end

        def image_processes
          image ? started(image) : []
        end

        # What an image starts by itself, or with another command or variables.
        def started(image, name: "web", words: nil, entrypoint: nil, variables: [], complete: true, file: nil, line: nil)
          env = image.environment.with(variables)
          env.complete &&= complete && !@files.platform? && (!entrypoint.nil? || image.reads_entrypoint?)
          own = image.stage.last("CMD") || image.stage.last("ENTRYPOINT") || image.stage
          steps = image.start(words: words, env: env, file: (file if words), line: line, **(entrypoint ? {entrypoint: nil} : {}))
          kept(steps, name, (words && file) || image.file, (words && line) || own.line, image.launch)
        end

        def kamal_processes
          return [] unless kamal
          kamal.roles.flat_map do |role|
            next started(image, name: role.name, words: role.argv, variables: role.variables, file: role.file, line: role.line) if image
            role.argv ? alone(role.argv, role.variables, role.name, role.file, role.line) : []
          end + kamal.accessories.flat_map { |role| program(role.image, role.argv, role.variables, role.name, role.file, role.line) }
        end

        def fly_processes
          flies.flat_map do |fly|
            next alone_on_fly(fly) unless image
            next started(image, variables: fly.variables) if fly.processes.empty?
            fly.processes.flat_map { |name, (command, line)| started(image, name: name, words: split(command), variables: fly.variables, file: fly.file, line: line) }
          end
        end

        def alone_on_fly(fly)
          fly.processes.flat_map { |name, (command, line)| alone(split(command), fly.variables, name, fly.file, line) }
        end

        def split(command)
          Shellwords.split(command)
        rescue ArgumentError
          ["/bin/sh", "-c", command]
        end

        def compose_processes
          composes.flat_map do |compose|
            compose.services.flat_map do |service|
              built = service.dockerfile && image_of(service.dockerfile, service.target)
              next program(service.image, service.argv, service.variables, service.name, compose.file, service.line) unless built
              words = service.entrypoint ? service.entrypoint + (service.argv || []) : service.argv
              started(built, name: service.name, words: words, entrypoint: service.entrypoint, variables: service.variables, complete: service.complete, file: compose.file, line: service.line)
            end
          end
        end

        # A service of an image made elsewhere.
        def program(image, argv, variables, name, file, line)
          own = PROGRAMS.find { |pattern, _| image.to_s.match?(pattern) }&.last
          argv = [own, *argv] if own && (argv.nil? || argv.first.to_s.match?(/\A-|\.conf\z/))
          argv ? alone(argv, variables, name, file, line) : []
        end

        def alone(argv, variables, name, file, line)
          launch = Launch.new(@root)
          kept(launch.argv(argv, Environment.new(variables, complete: false), file, line), name, file, line, launch)
        end

        # Those that a Procfile starts by itself, as on Heroku: the platform sets variables that stand nowhere. Not where an
        # image's own command reads it.
        def procfile_processes
          procfiles.reject { |procfile| managed_files.include?(procfile.file) }.flat_map { |procfile| lines(procfile, Environment.new([], complete: false), Launch.new(@root)) }
        end

        def managed_files
          image_processes
          @managed_files || []
        end

        def unit_processes
          units.flat_map do |unit|
            words, line = unit.command
            launch = Launch.new(@root)
            found = kept(launch.argv(words, Environment.new(unit.variables, complete: unit.complete?), unit.file, line), File.basename(unit.file, ".service"), unit.file, line, launch)
            found.select { |process| Server.resident?(process.command) }
          end
        end

        def lines(procfile, env, launch)
          procfile.lines.flat_map { |line| kept(launch.shell(line.text, env, procfile.file, line.line), line.name, procfile.file, line.line, launch) }
        end

        # What keeps running is the process: a server, or else the last command.
        def kept(steps, name, file, line, launch)
          steps.flat_map do |step|
            manager = Server.manager(step.argv)
            next managed(manager, step, launch) if manager
            next [] unless step.equal?(steps.last) || Server.resident?(step.argv)
            [Process.new(name: name, command: Server.web(step.argv) || step.argv, env: step.env, file: file, line: line, started: [step.file, step.line])]
          end
        end

        # foreman start -f Procfile.prod, overmind start -f …
        def managed(manager, step, launch)
          at = manager.index { |word| word.match?(/\A(?:-f|--procfile)(?:=|\z)/) }
          file = manager[at].split("=", 2)[1] || manager[at + 1] if at
          file = (file || "Procfile").delete_prefix("./")
          text = @files.text(file) or return []
          (@managed_files ||= []) << file
          lines(Procfile.new(text, file), step.env, launch)
        end
      end
    end
  end
end
