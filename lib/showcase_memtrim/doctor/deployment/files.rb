# frozen_string_literal: true

require_relative "text"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # Which files of an app may say what runs it.
      class Files
        BESIDE = "{,docker/,.docker/,deploy/,deployment/,config/docker/,config/deploy/}"
        PATTERNS = {
          dockerfiles: ["#{BESIDE}Dockerfile*", "#{BESIDE}*.Dockerfile", "#{BESIDE}Containerfile"],
          procfiles: ["Procfile*", "config/Procfile*"],
          composes: ["#{BESIDE}{docker-compose,compose}*.{yml,yaml}"],
          kamals: ["config/deploy*.yml"],
          flies: ["fly*.toml"],
          units: ["{,config/,deploy/,script/,systemd/,config/systemd/,deploy/systemd/,config/deploy/,lib/support/systemd/}*.service"],
          redises: ["{,config/,docker/,deploy/,redis/,config/redis/,docker/redis/}redis*.conf"],
          rackups: ["*.ru", "{cable,config,config/cable,lib,app}/*.ru"],
          rakefiles: ["Rakefile", "lib/tasks/**/*.rake"],
          scripts: ["{bin,script,scripts,exe}/**/*"]
        }.freeze
        # What a name has that is for something else than deploying, or no such file at all.
        OTHER = /(?:\A|[.\-_])(?:dev|devel|develop|development|devcontainer|test|tests|ci|local|override|sample|example|dist|template|dockerignore|erb|tt|bak|orig|old|swp|md)(?:[.\-_]|\z)|~\z/i
        PARTS = /(?:\A|[.\-_])(development|test|staging|production)(?:[.\-_]|\z)/i

        # @param root [String]
        # @param env [String]
        def initialize(root, env:)
          @root = root
          @env = env
        end

        PATTERNS.each_key { |kind| define_method(kind) { found(kind) } }

        # @param file [String]
        # @return [String, nil]
        def text(file)
          Text.read(File.join(@root, file))
        end

        # Files of platforms that start the image with variables of their own, and are not read here.
        PLATFORMS = %w[
          {k8s,kubernetes,helm,chart,charts,kustomize,terraform,nomad,.ebextensions,.platform,.do,.aws,copilot}/
          {render,app,cloudbuild,heroku,kustomization,Chart}.{yml,yaml} {railway,nixpacks}.{json,toml} app.json Dockerrun.aws.json captain-definition *.{tf,nomad,hcl}
        ].freeze

        # @return [Boolean] whether something else than what is read here starts the image
        def platform?
          return @platform if defined?(@platform)
          @platform = PLATFORMS.any? { |pattern| Dir.glob(pattern, base: @root).any? }
        end

        # @return [Boolean] whether it is named after the environment
        def own?(file)
          File.basename(file).match?(/(?:\A|[.\-_])(?:#{Regexp.escape(@env)}#{"|prod" if @env == "production"})(?:[.\-_]|\z)/i)
        end

        private

        # The shortest names first: Dockerfile before Dockerfile.web.
        def found(kind)
          (@found ||= {})[kind] ||= PATTERNS.fetch(kind).flat_map { |pattern| Dir.glob(pattern, File::FNM_DOTMATCH, base: @root) }.uniq
            .select { |file| File.file?(File.join(@root, file)) && (%i[scripts rakefiles].include?(kind) || deployed?(file)) }
            .sort_by { |file| [file.count("/"), own?(file) ? 0 : 1, file.size, file] }
        end

        def deployed?(file)
          name = File.basename(file)
          return false if name.match?(OTHER) && !own?(file)
          other = name[PARTS, 1]
          other.nil? || other.casecmp?(@env)
        end
      end
    end
  end
end
