# frozen_string_literal: true

require "fileutils"
require "securerandom"
require "tmpdir"
require_relative "../../showcase_memtrim"
require_relative "peers"

module ShowcaseMemtrim
  module Guard
    # One run of a test suite, with all the processes and threads that take part in it: a directory that they share, and
    # no other run does. It is gone when the process that began the run ends.
    class Run
      class << self
        # @return [Run] of this process, and of those that are forked from it
        def current
          @current ||= new
        end

        # For a process that was forked to run other tests than the one before it (Spring).
        def renew
          @current = new
        end

        # Nobody's method: it must not hold on to the run.
        #
        # @return [Proc] for the end of the process
        def remover(directory, peers)
          owner = Process.pid
          proc do
            next unless Process.pid == owner && File.directory?(directory)
            FileUtils.rm_rf(directory) if peers.nil? || locked(directory) { peers.last?(directory) }
          end
        end

        # @yield while no other process or thread of the run is here. Whoever is killed here lets the next one in.
        def locked(directory)
          file = lock(directory)
          begin
            yield
          ensure
            file.flock(File::LOCK_UN) # a child that was forked meanwhile has the file open, too
            file.close
          end
        end

        private

        def lock(directory)
          path = File.join(directory, "lock")
          loop do
            make(directory)
            file = File.open(path, File::RDWR | File::CREAT, 0o600)
            file.flock(File::LOCK_EX)
            return file if File.identical?(file, path) # else somebody has tidied up
            file.close
          rescue Errno::ENOENT
            next
          end
        end

        def make(directory)
          Dir.mkdir(directory, 0o700)
        rescue Errno::EEXIST
          stat = File.lstat(directory)
          raise Error, "#{directory} is somebody else's: set TMPDIR to a directory of your own" unless stat.directory? && stat.owned?
        end
      end

      # @return [String] which need not be there yet
      attr_reader :directory

      # @param peers [Peers, nil] other processes that take part, and were not forked from this one
      def initialize(peers: Peers.from)
        @directory = File.join(File.realpath(Dir.tmpdir), "memtrim-run-#{peers ? peers.id : SecureRandom.hex(6)}")
        # After all at_exit handlers, in which test runners run their tests.
        ObjectSpace.define_finalizer(self, Run.remover(@directory, peers))
      end

      # @yield while nobody else of the run is here
      def alone(&block)
        Run.locked(@directory, &block)
      end

      # @return [String] a file of the run's
      def path(name)
        File.join(@directory, name)
      end

      # @return [Boolean] true once for each text, whichever process or thread asks
      def first?(text)
        alone do
          file = path("said-#{Digest::SHA256.hexdigest(text)[0, 16]}")
          !File.exist?(file) && File.write(file, "") && true
        end
      end
    end
  end
end
