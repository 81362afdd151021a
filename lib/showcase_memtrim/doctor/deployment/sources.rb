# frozen_string_literal: true

require_relative "procfile"
require_relative "image"
require_relative "process"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # What each kind of file says of the processes.
      class Sources
        # @param root [String]
        # @param files [Files]
        def initialize(root, files)
          @root = root
          @files = files
        end

        # @return [Array<String>] all that say something
        def files
          (dockerfiles.map(&:file) + procfiles.map(&:file)).uniq
        end

        # @return [Array<Process>]
        def processes
          image_processes + procfile_processes
        end

        # The image of the app: of several Dockerfiles the first that starts a web server.
        #
        # @return [Image, nil]
        def image
          return @image if defined?(@image)
          images = dockerfiles.map { |dockerfile| Image.new(@root, dockerfile) }
          @image = images.find { |one| image_processes_of(one).any?(&:web?) } || images.first
        end

        # @return [Array<Dockerfile>]
        def dockerfiles
          @dockerfiles ||= @files.dockerfiles.filter_map { |file| (text = @files.text(file)) && Dockerfile.new(text, file) }.select(&:app?)
        end

        # @return [Array<Procfile>]
        def procfiles
          @procfiles ||= @files.procfiles.filter_map { |file| (text = @files.text(file)) && Procfile.new(text, file) }.reject { |procfile| procfile.lines.empty? }
        end

        private

        def image_processes
          image ? image_processes_of(image) : []
        end

        def image_processes_of(image)
          steps(image.start, "web", image.file, (image.stage.last("CMD") || image.stage.last("ENTRYPOINT") || image.stage).line, image.launch)
        end

        # Those that a Procfile starts by itself, as on Heroku: the platform sets variables that stand nowhere.
        def procfile_processes
          procfiles.flat_map { |procfile| lines(procfile, Environment.new([], complete: false), Launch.new(@root)) }
        end

        def lines(procfile, env, launch)
          procfile.lines.flat_map { |line| steps(launch.shell(line.text, env, procfile.file, line.line), line.name, procfile.file, line.line, launch) }
        end

        # What keeps running is the process: a web server, or else the last command.
        def steps(steps, name, file, line, launch)
          steps.flat_map do |step|
            manager = Server.manager(step.argv)
            next managed(manager, step, launch) if manager
            next [] unless step == steps.last || Server.resident?(step.argv)
            [Process.new(name: name, command: Server.web(step.argv) || step.argv, env: step.env, file: file, line: line, started: [step.file, step.line])]
          end
        end

        # foreman start -f Procfile.prod, overmind start -f …
        def managed(manager, step, launch)
          at = manager.index { |word| word.match?(/\A(?:-f|--procfile)(?:=|\z)/) }
          file = manager[at].split("=", 2)[1] || manager[at + 1] if at
          file = File.basename(file || "Procfile")
          text = @files.text(file) or return []
          lines(Procfile.new(text, file), step.env, launch)
        end
      end
    end
  end
end
