# frozen_string_literal: true

class StudiosController < ApplicationController
  before_action :set_studio, only: [:show, :edit, :update, :destroy]

  def index
    @studios = Studio.by_name.includes(:people)
  end

  def show
  end

  def new
    @studio = Studio.new
  end

  def edit
  end

  def create
    @studio = Studio.new(studio_params)
    if @studio.save
      redirect_to @studio, notice: "Studio was successfully created."
    else
      render :new, status: 422
    end
  end

  def update
    if @studio.update(studio_params)
      redirect_to @studio, notice: "Studio was successfully updated."
    else
      render :edit, status: 422
    end
  end

  def destroy
    @studio.destroy!
    redirect_to studios_path, notice: "Studio was successfully removed.", status: :see_other
  end

  private

  def set_studio
    @studio = Studio.find(params[:id])
  end

  def studio_params
    params.require(:studio).permit(:name, :email, :address)
  end
end
