# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # Which malloc the web process runs with, as far as the files tell.
      class Allocator
        TITLES = {glibc: "glibc's malloc", musl: "musl's malloc", jemalloc: "jemalloc"}.freeze
        # Packages that bring jemalloc's library along, in Debian and Alpine.
        BRINGS = /\A(?:lib)?jemalloc|\A(?:redis|valkey|keydb|varnish|mariadb|mysql|clickhouse|dragonfly|knot|nfs-ganesha|bind9|unbound|libvarnish)/
        # Ruby linked with it, files taken from elsewhere, or ld.so's own file.
        BY_HAND = /jemalloc|ld\.so\.preload|ldconfig/

        # @param deployment [Deployment]
        def initialize(deployment)
          @deployment = deployment
          @image = deployment.image
          @env = deployment.environment
        end

        # @return [Variable, nil] LD_PRELOAD; nil: not set, as far as is known
        def preload
          variable = @env.variable("LD_PRELOAD")
          variable unless variable&.sure && variable.value == ""
        end

        # @return [Boolean]
        def preloads_jemalloc?
          (preload&.value || preload&.text).to_s.include?("jemalloc")
        end

        # @return [Symbol, nil] :jemalloc, :glibc, :musl; nil: not known
        def name
          return (:jemalloc if preloads_jemalloc? && preload.sure && jemalloc_in_image) if preload
          return unless known? && !other_ways?
          @image.stage.musl? ? :musl : :glibc
        end

        # @return [Boolean] whether everything that the process gets is known, and the image is made from one of a system
        def known?
          !@image.nil? && @env.complete? && @image.stage.known_image?
        end

        # @return [String]
        def title
          TITLES.fetch(name)
        end

        # @return [String] the malloc without jemalloc
        def c_library
          @image&.stage&.musl? ? "musl's malloc" : "glibc's malloc"
        end

        # @return [Boolean, nil] nil: can't be told
        def jemalloc_in_image
          return if @image.nil?
          return true if @image.installs?(BRINGS) || linked?
          return unless @image.stage.known_image?
          by_hand? ? nil : false
        end

        # @return [Boolean] whether something else than LD_PRELOAD may bring it in
        def other_ways?
          linked? || @image.stage.all_instructions.any? { |one| one.name == "RUN" && one.text.match?(/ld\.so\.preload|--with-jemalloc|-ljemalloc/) }
        end

        # @return [Boolean] whether a shell script sets the variable
        def from_script?(variable)
          @image&.launch&.read&.include?(variable.file)
        end

        # @return [String] the package's name
        def package
          @image&.stage&.musl? ? "jemalloc" : "libjemalloc2"
        end

        # @return [String] for a shell of the image
        def library_path
          @image.stage.musl? ? "/usr/lib/libjemalloc.so.2" : "/usr/lib/$(uname -m)-linux-gnu/libjemalloc.so.2"
        end

        private

        # An image whose Ruby has it built in.
        def linked?
          @image&.stage&.root_image.to_s.include?("jemalloc") || @image&.stage&.all_instructions&.any? { |one| one.text.match?(/--with-jemalloc/) }
        end

        # Lines that may put its file there in another way, or that are not understood.
        def by_hand?
          return true if @image.stage.commands.any? { |command| command.argv.first.to_s.include?("/") && @image.launch.app_file(command.argv.first) } # a script of the app's
          @image.stage.all_instructions.any? do |one|
            case one.name
            when "RUN" then without_links(one.text).match?(BY_HAND) || one.text.match?(/\b(?:curl|wget)\b[^\n]*\|\s*(?:ba|da)?sh\b|\bbash -c\b|\$\{?\w*PACKAGES/i) || one.heredocs.any?
            when "COPY", "ADD" then one.text.include?("jemalloc") || one.text.match?(%r{--from=\S+\s+(?:/usr(?:/local)?/?\s|/usr/(?:local/)?lib)})
            end
          end
        end

        # A link to the library is not the library.
        def without_links(text)
          text.gsub(/\bln\s+-\S+\s+\S*(?:\$\([^)]*\))?\S*\s+\S+/, "")
        end
      end
    end
  end
end
